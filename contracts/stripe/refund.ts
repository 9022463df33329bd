import { currency, integer, nullable, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { notNegative } from '../rules.ts'

/** Money that goes back, in the smallest unit of its currency. It changes when the bank takes it or sends it back. */
export const stripeRefund = contract('stripe.refund', {
  version: 1,
  key: ['refund_id'],
  changed: 'as_of',
  risk: 'financial',
  authority: 'stripe',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    refund_id: text('an id of a refund', '(re|pyr)_[A-Za-z0-9_]+'),
    charge_id: nullable(text('an id of a charge', '(ch|py)_[A-Za-z0-9_]+')),
    payment_intent_id: nullable(text('an id of a payment intent', 'pi_[A-Za-z0-9_]+')),
    created_at: utc(),
    as_of: utc(),
    currency: currency(),
    amount_minor: integer(),
    status: nullable(text('a status such as succeeded', '[a-z_]+')),
    reason: nullable(text('a reason such as duplicate', '[a-z_]+')),
  },
  rules: [notNegative('amount_minor')],
})
