import { id, integer, money, nullable, sku, text } from '../columns.ts'
import { contract } from '../contract.ts'
import { atMost } from '../rules.ts'

/** One line item of an abandoned checkout. */
export const checkoutLine = contract('storefront.checkout_line', {
  version: 1,
  key: ['checkout_id', 'line_id'],
  risk: 'analytical',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  parent: { contract: 'storefront.checkout', column: 'checkout_id' },
  row: {
    line_id: text('a global id of a line', 'gid://shopify/AbandonedCheckoutLineItem/[0-9A-Za-z]+'),
    checkout_id: id('AbandonedCheckout'),
    sku: nullable(sku()),
    title: nullable(text('a title')),
    variant_id: nullable(id('ProductVariant')),
    product_id: nullable(id('Product')),
    quantity: integer(),
    total: money(),
    discounted_total: money(),
  },
  rules: [atMost('discounted_total', 'total')],
})
