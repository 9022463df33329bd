import { country, currency, email, id, integer, list, money, nullable, oneOf, personal, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { matchesBy, notBefore, postcodes } from '../rules.ts'
import { byEvent } from './deletion.ts'

/** One customer account of a shop. */
export const customer = contract('storefront.customer', {
  version: 1,
  key: ['customer_id'],
  changed: 'updated_at',
  risk: 'operational',
  authority: 'storefront',
  gone: byEvent,
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    customer_id: id('Customer'),
    email: nullable(email()),
    first_name: nullable(personal(text('a name'))),
    last_name: nullable(personal(text('a name'))),
    marketing_state: nullable(text('a marketing state', '[A-Z_]+')),
    state: oneOf('DECLINED', 'DISABLED', 'ENABLED', 'INVITED'),
    created_at: utc(),
    updated_at: utc(),
    orders: integer(),
    amount_spent: money(),
    currency: currency(),
    country: nullable(country()),
    postcode: nullable(personal(text('a postcode', '[0-9A-Za-z -]{2,12}'))),
    tags: list(),
  },
  rules: [notBefore('updated_at', 'created_at'), matchesBy('postcode', 'country', postcodes)],
})
