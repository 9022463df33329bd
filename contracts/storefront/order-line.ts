import { id, integer, money, nullable, sku, text } from '../columns.ts'
import { contract } from '../contract.ts'
import { atMost, notNegative } from '../rules.ts'

/** One line item of an order. It has no instant of its own: its version is the order's. */
export const orderLine = contract('storefront.order_line', {
  version: 1,
  key: ['line_id'],
  risk: 'financial',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  parent: { contract: 'storefront.order', column: 'order_id' },
  row: {
    line_id: id('LineItem'),
    order_id: id('Order'),
    sku: nullable(sku()),
    title: text('a title'),
    variant_id: nullable(id('ProductVariant')),
    product_id: nullable(id('Product')),
    quantity: integer(),
    current_quantity: integer(),
    unit_price: money(),
    total: money(),
    discounted_total: money(),
  },
  rules: [notNegative('unit_price'), atMost('discounted_total', 'total'), atMost('current_quantity', 'quantity')],
})
