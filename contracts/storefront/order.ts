import { country, currency, email, flag, id, list, money, nullable, oneOf, personal, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { atMost, matchesBy, notBefore, notNegative, postcodes } from '../rules.ts'
import { byEvent } from './deletion.ts'

/** One order of a shop, as it stands now. Amounts are in the shop's currency. */
export const order = contract('storefront.order', {
  version: 1,
  key: ['order_id'],
  changed: 'updated_at',
  risk: 'financial',
  authority: 'storefront',
  gone: byEvent,
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    order_id: id('Order'),
    legacy_id: text('the digits of the global id', '[1-9][0-9]{0,18}'),
    name: text('an order name such as #1001', '#?[A-Za-z0-9-]{1,40}'),
    customer_id: nullable(id('Customer')),
    email: nullable(email()),
    created_at: utc(),
    updated_at: utc(),
    ordered_at: utc(),
    shipped_at: nullable(utc()),
    cancelled_at: nullable(utc()),
    test: flag(),
    currency: currency(),
    financial_status: nullable(
      oneOf('PENDING', 'AUTHORIZED', 'PARTIALLY_PAID', 'PARTIALLY_REFUNDED', 'VOIDED', 'PAID', 'REFUNDED', 'EXPIRED'),
    ),
    fulfillment_status: oneOf(
      'UNFULFILLED',
      'PARTIALLY_FULFILLED',
      'FULFILLED',
      'RESTOCKED',
      'PENDING_FULFILLMENT',
      'OPEN',
      'IN_PROGRESS',
      'ON_HOLD',
      'SCHEDULED',
      'REQUEST_DECLINED',
    ),
    subtotal: money(),
    total_tax: money(),
    total_discount: money(),
    total_shipping: money(),
    total: money(),
    current_total: money(),
    total_received: money(),
    total_refunded: money(),
    ship_country: nullable(country()),
    ship_postcode: nullable(personal(text('a postcode', '[0-9A-Za-z -]{2,12}'))),
    tags: list(),
  },
  rules: [
    notBefore('updated_at', 'created_at'),
    notBefore('shipped_at', 'ordered_at'),
    notNegative('total'),
    atMost('current_total', 'total'),
    atMost('total_refunded', 'total_received'),
    matchesBy('ship_postcode', 'ship_country', postcodes),
  ],
})
