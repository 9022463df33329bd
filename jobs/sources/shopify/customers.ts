import { customer } from '../../../contracts/storefront/customer.ts'
import { claimOf } from '../source.ts'
import type { BulkObject } from './object.ts'
import { settleMs } from './slice.ts'

const customerClaim = claimOf(customer, {
  kind: 'Customer',
  fields: {
    customer_id: 'id',
    email: 'defaultEmailAddress.emailAddress',
    first_name: 'firstName',
    last_name: 'lastName',
    marketing_state: 'defaultEmailAddress.marketingState',
    state: 'state',
    created_at: 'createdAt',
    updated_at: 'updatedAt',
    orders: 'numberOfOrders',
    amount_spent: 'amountSpent.amount',
    currency: 'amountSpent.currencyCode',
    country: 'defaultAddress.countryCodeV2',
    postcode: 'defaultAddress.zip',
    tags: 'tags',
  },
})

/** Shopify compares a customer's `updated_at` by the day, so whole days are read; what comes twice is merged once. */
export const customers: BulkObject = {
  name: 'storefront.customers',
  root: 'customers',
  clock: 'day',
  overlapMs: settleMs,
  claims: [customerClaim],
}
