import { currency, id, list, money, nullable, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { notBefore, notNegative } from '../rules.ts'

/** One checkout that a customer began and left, whether or not it was completed later. Amounts are in the shop's currency. */
export const checkout = contract('storefront.checkout', {
  version: 1,
  key: ['checkout_id'],
  changed: 'updated_at',
  risk: 'analytical',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    checkout_id: id('AbandonedCheckout'),
    name: text('a name such as #37129', '#?[A-Za-z0-9-]{1,40}'),
    customer_id: nullable(id('Customer')),
    currency: currency(),
    subtotal: money(),
    total_tax: money(),
    total_discount: money(),
    total: money(),
    discount_codes: list(),
    created_at: utc(),
    updated_at: utc(),
    completed_at: nullable(utc()),
  },
  rules: [notBefore('updated_at', 'created_at'), notBefore('completed_at', 'created_at'), notNegative('total')],
})
