import { currency, flag, integer, nullable, oneOf, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { atMost, notNegative } from '../rules.ts'

/** One attempt to take money, in the smallest unit of its currency. It changes when it is captured, refunded or disputed. */
export const stripeCharge = contract('stripe.charge', {
  version: 1,
  key: ['charge_id'],
  changed: 'as_of',
  risk: 'financial',
  authority: 'stripe',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    charge_id: text('an id of a charge', '(ch|py)_[A-Za-z0-9_]+'),
    payment_intent_id: nullable(text('an id of a payment intent', 'pi_[A-Za-z0-9_]+')),
    customer_id: nullable(text('an id of a customer', 'cus_[A-Za-z0-9_]+')),
    created_at: utc(),
    as_of: utc(),
    currency: currency(),
    amount_minor: integer(),
    captured_minor: integer(),
    refunded_minor: integer(),
    status: oneOf('succeeded', 'pending', 'failed'),
    captured: flag(),
    refunded: flag(),
    disputed: flag(),
  },
  rules: [
    notNegative('amount_minor'),
    atMost('refunded_minor', 'amount_minor'),
    atMost('captured_minor', 'amount_minor'),
  ],
})
