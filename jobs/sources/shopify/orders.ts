import { fulfillment } from '../../../contracts/storefront/fulfillment.ts'
import { lineDiscount } from '../../../contracts/storefront/line-discount.ts'
import { order } from '../../../contracts/storefront/order.ts'
import { orderLine } from '../../../contracts/storefront/order-line.ts'
import { refund } from '../../../contracts/storefront/refund.ts'
import { orderReturn } from '../../../contracts/storefront/return.ts'
import { returnLine } from '../../../contracts/storefront/return-line.ts'
import { shippingLine } from '../../../contracts/storefront/shipping-line.ts'
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

const discountClaim = claimOf(lineDiscount, {
  kind: 'LineItem',
  each: 'discountAllocations',
  fields: {
    line_id: '^id',
    discount_index: 'discountApplication.index',
    kind: 'discountApplication.__typename',
    code: 'discountApplication.code',
    title: 'discountApplication.title',
    amount: 'allocatedAmountSet.shopMoney.amount',
  },
})

const shippingClaim = claimOf(shippingLine, {
  kind: 'ShippingLine',
  fields: {
    shipping_line_id: 'id',
    order_id: '__parentId',
    title: 'title',
    code: 'code',
    carrier: 'carrierIdentifier',
    removed: 'isRemoved',
    price: 'originalPriceSet.shopMoney.amount',
    discounted_price: 'discountedPriceSet.shopMoney.amount',
  },
})

const fulfillmentClaim = claimOf(fulfillment, {
  kind: 'Order',
  each: 'fulfillments',
  fields: {
    fulfillment_id: 'id',
    order_id: '^id',
    status: 'status',
    delivery_status: 'displayStatus',
    items: 'totalQuantity',
    created_at: 'createdAt',
    updated_at: 'updatedAt',
    delivered_at: 'deliveredAt',
    carrier: 'trackingInfo.0.company',
    tracking_number: 'trackingInfo.0.number',
  },
})

const returnClaim = claimOf(orderReturn, {
  kind: 'Return',
  fields: {
    return_id: 'id',
    order_id: '__parentId',
    name: 'name',
    status: 'status',
    created_at: 'createdAt',
    closed_at: 'closedAt',
    items: 'totalQuantity',
  },
})

/** One that is not verified names no line of the order. */
const returnLineClaims = ['ReturnLineItem', 'UnverifiedReturnLineItem'].map(kind =>
  claimOf(returnLine, {
    kind,
    fields: {
      return_line_id: 'id',
      return_id: '__parentId',
      line_id: 'fulfillmentLineItem.lineItem.id',
      quantity: 'quantity',
      refunded_quantity: 'refundedQuantity',
      reason: 'returnReasonDefinition.handle',
    },
  }),
)

/**
 * Every order that changed, as it stands now, with all below it that a bulk query reaches: five connections are as many as one may have.
 * What is inside a refund is read by its own object. The first fulfillment is the one that says when it shipped.
 */
export const orders: BulkObject = {
  name: 'storefront.orders',
  root: 'orders',
  clock: 'second',
  overlapMs: settleMs,
  needs: [
    { scope: 'read_customers', fields: ['customer'] },
    { scope: 'read_returns', fields: ['returns'] },
    { scope: 'read_all_orders', days: 60 },
  ],
  claims: [orderClaim, transactionClaim, refundClaim, fulfillmentClaim],
  below: {
    lineItems: {
      first: 40,
      claims: [lineClaim, discountClaim],
      types: {
        'discountAllocations.discountApplication': {
          DiscountCodeApplication: ['code'],
          AutomaticDiscountApplication: ['title'],
          ManualDiscountApplication: ['title'],
          ScriptDiscountApplication: ['title'],
        },
      },
    },
    shippingLines: { first: 5, claims: [shippingClaim] },
    returns: {
      first: 5,
      claims: [returnClaim],
      below: {
        returnLineItems: {
          first: 5,
          claims: returnLineClaims,
          types: { '': { ReturnLineItem: ['fulfillmentLineItem'] } },
        },
      },
    },
  },
}

/**
 * The orders of the last eight weeks once more, those of eight days each night: an edit below an order, and some of the order itself, need
 * not move its `updatedAt`. Eight weeks can be seen without read_all_orders, too.
 */
export const ordersAgain: BulkObject = {
  ...orders,
  name: 'reread.orders',
  clock: 'created',
  overlapMs: 0,
  needs: (orders.needs ?? []).filter(({ days }) => days === undefined),
  rolling: { days: 56, nights: 7 },
}
