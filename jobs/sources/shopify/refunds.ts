import { refund } from '../../../contracts/storefront/refund.ts'
import { refundDetail } from '../../../contracts/storefront/refund-detail.ts'
import { refundLine } from '../../../contracts/storefront/refund-line.ts'
import { claimOf } from '../source.ts'
import type { Beneath } from './beneath.ts'

const detailClaim = claimOf(refundDetail, {
  kind: 'Refund',
  fields: {
    refund_id: 'id',
    order_id: 'order.id',
    return_id: 'return.id',
    created_at: 'createdAt',
    processed_at: 'processedAt',
    updated_at: 'updatedAt',
  },
})

const lineClaim = claimOf(refundLine, {
  kind: 'RefundLineItem',
  fields: {
    refund_line_id: 'id',
    refund_id: '__parentId',
    line_id: 'lineItem.id',
    quantity: 'quantity',
    restock: 'restockType',
    amount: 'subtotalSet.shopMoney.amount',
    tax: 'totalTaxSet.shopMoney.amount',
  },
})

/**
 * What is inside the refunds: a connection below a list, which no bulk query reaches. A line costs about six points, a refund three,
 * by Shopify's published rule (an object one point, a connection two): eight refunds of ten lines are half of what one question may cost.
 */
export const refundLines: Beneath = {
  name: 'storefront.refund_lines',
  type: 'Refund',
  follows: { contract: refund, changed: 'updated_at' },
  claims: [detailClaim],
  below: { refundLineItems: { claims: [lineClaim], first: 10 } },
  atOnce: 8,
  aNight: 4_000,
}
