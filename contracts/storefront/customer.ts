import {
  country,
  currency,
  email,
  flag,
  id,
  integer,
  list,
  money,
  nullable,
  oneOf,
  personal,
  text,
  utc,
} from '../columns.ts'
import { contract } from '../contract.ts'
import { matchesBy, notBefore, postcodes } from '../rules.ts'
import { byEvent } from './deletion.ts'

/** One customer account of a shop, with its default address and what it has agreed to. */
export const customer = contract('storefront.customer', {
  version: 2,
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
    /** How the address came to be subscribed. */
    marketing_opt_in: nullable(oneOf('SINGLE_OPT_IN', 'CONFIRMED_OPT_IN', 'UNKNOWN')),
    marketing_changed_at: nullable(utc()),
    data_sale_opt_out: flag(),
    tax_exempt: flag(),
    state: oneOf('DECLINED', 'DISABLED', 'ENABLED', 'INVITED'),
    created_at: utc(),
    updated_at: utc(),
    orders: integer(),
    amount_spent: money(),
    currency: currency(),
    country: nullable(country()),
    province: nullable(personal(text('a province'))),
    city: nullable(personal(text('a city'))),
    street: nullable(personal(text('a street'))),
    street_more: nullable(personal(text('a second line of an address'))),
    company: nullable(personal(text('a name of a company'))),
    postcode: nullable(personal(text('a postcode', '[0-9A-Za-z -]{2,12}'))),
    tags: list(),
  },
  rules: [notBefore('updated_at', 'created_at'), matchesBy('postcode', 'country', postcodes)],
})
