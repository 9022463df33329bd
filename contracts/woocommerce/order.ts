import { currency, flag, integer, money, nullable, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'

/** One order of a WooCommerce shop. A guest has the customer id 0. */
export const wooOrder = contract('woocommerce.order', {
  version: 1,
  key: ['order_id'],
  changed: 'updated_at',
  risk: 'financial',
  authority: 'woocommerce',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    order_id: integer(),
    number: text('an order number'),
    status: text('a status such as processing', '[a-z0-9_-]+'),
    created_at: utc(),
    updated_at: utc(),
    paid_at: nullable(utc()),
    customer_id: integer(),
    currency: currency(),
    prices_include_tax: flag(),
    total: money(),
    total_tax: money(),
    discount: money(),
    shipping: money(),
    payment_method: text('the id of a payment method, or nothing', '[A-Za-z0-9_-]*'),
    country: text('a country code, or nothing', '([A-Z]{2})?'),
  },
  rules: [],
})
