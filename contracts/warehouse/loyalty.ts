import { id, integer, oneOf, utc } from '../columns.ts'
import { contract } from '../contract.ts'

export const tiers = ['bronze', 'silver', 'gold', 'platinum'] as const

/** What the warehouse decides of a customer: no other system computes it, so only here may it be pushed from. */
export const loyalty = contract('warehouse.loyalty', {
  version: 1,
  key: ['customer_id'],
  changed: 'as_of',
  risk: 'operational',
  authority: 'warehouse',
  rejectLimit: { share: 0, atLeast: 0 },
  row: {
    customer_id: id('Customer'),
    loyalty_score: integer(),
    loyalty_tier: oneOf(...tiers),
    as_of: utc(),
  },
  rules: [],
})
