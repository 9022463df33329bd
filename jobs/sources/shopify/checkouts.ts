import { withoutQuery } from '../../../contracts/forms.ts'
import { checkout } from '../../../contracts/storefront/checkout.ts'
import { checkoutLine } from '../../../contracts/storefront/checkout-line.ts'
import { claimOf } from '../source.ts'
import type { BulkObject } from './object.ts'
import { settleMs } from './slice.ts'

const checkoutClaim = claimOf(checkout, {
  kind: 'AbandonedCheckout',
  fields: {
    checkout_id: 'id',
    name: 'name',
    customer_id: 'customer.id',
    currency: 'totalPriceSet.shopMoney.currencyCode',
    subtotal: 'subtotalPriceSet.shopMoney.amount',
    total_tax: 'totalTaxSet.shopMoney.amount',
    total_discount: 'totalDiscountSet.shopMoney.amount',
    total: 'totalPriceSet.shopMoney.amount',
    discount_codes: 'discountCodes',
    created_at: 'createdAt',
    updated_at: 'updatedAt',
    completed_at: 'completedAt',
  },
})

const lineClaim = claimOf(checkoutLine, {
  kind: 'AbandonedCheckoutLineItem',
  fields: {
    line_id: 'id',
    checkout_id: '__parentId',
    sku: 'sku',
    title: 'title',
    variant_id: 'variant.id',
    product_id: 'product.id',
    quantity: 'quantity',
    total: 'originalTotalPriceSet.shopMoney.amount',
    discounted_total: 'discountedTotalPriceSet.shopMoney.amount',
  },
  forms: { line_id: withoutQuery },
})

/**
 * The abandoned checkouts that changed, with their lines. No event tells of one that Shopify has dropped after some months: it stays. What opens
 * a customer's cart again is never loaded: neither the checkout's address nor the token behind the id of a line.
 */
export const checkouts: BulkObject = {
  name: 'storefront.checkouts',
  root: 'abandonedCheckouts',
  clock: 'second',
  overlapMs: settleMs,
  needs: [{ scope: 'read_customers', fields: ['customer'] }],
  claims: [checkoutClaim],
  below: { lineItems: { claims: [lineClaim] } },
}
