import { flag, id, integer, money, nullable, sku, text } from '../columns.ts'
import { contract } from '../contract.ts'
import { atMost, notNegative } from '../rules.ts'

/** One line item of a draft order; a custom one is of no product. */
export const draftOrderLine = contract('storefront.draft_order_line', {
  version: 1,
  key: ['line_id'],
  risk: 'operational',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  parent: { contract: 'storefront.draft_order', column: 'draft_order_id' },
  row: {
    line_id: id('DraftOrderLineItem'),
    draft_order_id: id('DraftOrder'),
    sku: nullable(sku()),
    title: text('a title'),
    custom: flag(),
    variant_id: nullable(id('ProductVariant')),
    product_id: nullable(id('Product')),
    quantity: integer(),
    unit_price: money(),
    total: money(),
    discounted_total: money(),
  },
  rules: [notNegative('unit_price'), atMost('discounted_total', 'total')],
})
