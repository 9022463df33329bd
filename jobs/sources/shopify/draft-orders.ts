import { draftOrder } from '../../../contracts/storefront/draft-order.ts'
import { draftOrderLine } from '../../../contracts/storefront/draft-order-line.ts'
import { claimOf } from '../source.ts'
import type { BulkObject } from './object.ts'
import { settleMs } from './slice.ts'

const draftClaim = claimOf(draftOrder, {
  kind: 'DraftOrder',
  fields: {
    draft_order_id: 'id',
    name: 'name',
    status: 'status',
    customer_id: 'customer.id',
    email: 'email',
    order_id: 'order.id',
    currency: 'currencyCode',
    subtotal: 'subtotalPriceSet.shopMoney.amount',
    total_tax: 'totalTaxSet.shopMoney.amount',
    total_discount: 'totalDiscountsSet.shopMoney.amount',
    total_shipping: 'totalShippingPriceSet.shopMoney.amount',
    total: 'totalPriceSet.shopMoney.amount',
    created_at: 'createdAt',
    updated_at: 'updatedAt',
    invoice_sent_at: 'invoiceSentAt',
    completed_at: 'completedAt',
    tags: 'tags',
  },
})

const lineClaim = claimOf(draftOrderLine, {
  kind: 'DraftOrderLineItem',
  fields: {
    line_id: 'id',
    draft_order_id: '__parentId',
    sku: 'sku',
    title: 'title',
    custom: 'custom',
    variant_id: 'variant.id',
    product_id: 'product.id',
    quantity: 'quantity',
    unit_price: 'originalUnitPriceSet.shopMoney.amount',
    total: 'originalTotalSet.shopMoney.amount',
    discounted_total: 'discountedTotalSet.shopMoney.amount',
  },
})

/** The draft orders that changed, with their lines. What becomes of the order that one has become does not move the draft. */
export const draftOrders: BulkObject = {
  name: 'storefront.draft_orders',
  root: 'draftOrders',
  clock: 'second',
  overlapMs: settleMs,
  needs: [{ scope: 'read_customers', fields: ['customer'] }],
  claims: [draftClaim],
  below: { lineItems: { claims: [lineClaim] } },
}
