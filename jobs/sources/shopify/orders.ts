import { order } from '../../../contracts/storefront/order.ts'
import { orderLine } from '../../../contracts/storefront/order-line.ts'
import { refund } from '../../../contracts/storefront/refund.ts'
import { transaction } from '../../../contracts/storefront/transaction.ts'
import { claimOf } from '../source.ts'
import type { BulkObject } from './object.ts'
import { settleMs } from './slice.ts'

const orderClaim = claimOf(order, {
  kind: 'Order',
  fields: {
    order_id: 'id',
    legacy_id: 'legacyResourceId',
    name: 'name',
    customer_id: 'customer.id',
    email: 'email',
    created_at: 'createdAt',
    updated_at: 'updatedAt',
    ordered_at: 'processedAt',
    shipped_at: 'fulfillments.0.createdAt',
    cancelled_at: 'cancelledAt',
    test: 'test',
    currency: 'currencyCode',
    financial_status: 'displayFinancialStatus',
    fulfillment_status: 'displayFulfillmentStatus',
    subtotal: 'subtotalPriceSet.shopMoney.amount',
    total_tax: 'totalTaxSet.shopMoney.amount',
    total_discount: 'totalDiscountsSet.shopMoney.amount',
    total_shipping: 'totalShippingPriceSet.shopMoney.amount',
    total: 'totalPriceSet.shopMoney.amount',
    current_total: 'currentTotalPriceSet.shopMoney.amount',
    total_received: 'totalReceivedSet.shopMoney.amount',
    total_refunded: 'totalRefundedSet.shopMoney.amount',
    ship_country: 'shippingAddress.countryCodeV2',
    ship_postcode: 'shippingAddress.zip',
    tags: 'tags',
  },
})

const transactionClaim = claimOf(transaction, {
  kind: 'Order',
  each: 'transactions',
  fields: {
    transaction_id: 'id',
    order_id: '^id',
    parent_transaction_id: 'parentTransaction.id',
    kind: 'kind',
    status: 'status',
    gateway: 'gateway',
    created_at: 'createdAt',
    processed_at: 'processedAt',
    test: 'test',
    amount: 'amountSet.shopMoney.amount',
    currency: 'amountSet.shopMoney.currencyCode',
  },
})

const refundClaim = claimOf(refund, {
  kind: 'Order',
  each: 'refunds',
  fields: {
    refund_id: 'id',
    order_id: '^id',
    created_at: 'createdAt',
    updated_at: 'updatedAt',
    amount: 'totalRefundedSet.shopMoney.amount',
    currency: 'totalRefundedSet.shopMoney.currencyCode',
  },
})

const lineClaim = claimOf(orderLine, {
  kind: 'LineItem',
  fields: {
    line_id: 'id',
    order_id: '__parentId',
    sku: 'sku',
    title: 'title',
    variant_id: 'variant.id',
    product_id: 'product.id',
    quantity: 'quantity',
    current_quantity: 'currentQuantity',
    unit_price: 'originalUnitPriceSet.shopMoney.amount',
    total: 'originalTotalSet.shopMoney.amount',
    discounted_total: 'discountedTotalSet.shopMoney.amount',
  },
})

/**
 * Every order that changed, as it stands now, with its lines. The first fulfillment is the one that says when it shipped.
 */
export const orders: BulkObject = {
  name: 'storefront.orders',
  root: 'orders',
  clock: 'second',
  overlapMs: settleMs,
  needs: [
    { scope: 'read_customers', fields: ['customer'] },
    { scope: 'read_all_orders', days: 60 },
  ],
  claims: [orderClaim, transactionClaim, refundClaim],
  below: { lineItems: { claims: [lineClaim] } },
  spelled: { fulfillments: 'fulfillments(first: 1)' },
}
