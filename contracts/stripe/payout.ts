import { currency, flag, integer, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'

/** Money on its way to the bank, in the smallest unit of its currency; negative where the bank is debited. It changes until it is paid. */
export const stripePayout = contract('stripe.payout', {
  version: 1,
  key: ['payout_id'],
  changed: 'as_of',
  risk: 'financial',
  authority: 'stripe',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    payout_id: text('an id of a payout', 'po_[A-Za-z0-9_]+'),
    created_at: utc(),
    as_of: utc(),
    arrives_at: utc(),
    currency: currency(),
    amount_minor: integer(),
    status: text('a status such as paid', '[a-z_]+'),
    automatic: flag(),
  },
  rules: [],
})
