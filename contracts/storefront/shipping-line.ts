import { flag, id, money, nullable, text } from '../columns.ts'
import { contract } from '../contract.ts'
import { atMost, notNegative } from '../rules.ts'

/** One way of delivery that an order is charged for. */
export const shippingLine = contract('storefront.shipping_line', {
  version: 1,
  key: ['shipping_line_id'],
  risk: 'financial',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  parent: { contract: 'storefront.order', column: 'order_id' },
  row: {
    shipping_line_id: id('ShippingLine'),
    order_id: id('Order'),
    title: text('a title'),
    code: nullable(text('a code')),
    carrier: nullable(text('a carrier')),
    removed: flag(),
    price: money(),
    discounted_price: money(),
  },
  rules: [notNegative('discounted_price'), atMost('discounted_price', 'price')],
})
