import { z } from 'zod'
import { customer } from '../../../contracts/storefront/customer.ts'
import type { Ask } from '../../../sinks/shopify/asks.ts'
import { claimOf } from '../source.ts'
import { changedOnDays, literal } from './filter.ts'
import { bulkObject } from './object.ts'

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

export const customersQuery = (filter: string): string => `{
  customers(query: ${literal(filter)}) {
    edges {
      node {
        id firstName lastName state createdAt updatedAt numberOfOrders tags
        defaultEmailAddress { emailAddress marketingState }
        amountSpent { amount currencyCode }
        defaultAddress { countryCodeV2 zip }
      }
    }
  }
}`

export const askCustomersProbe: Ask<unknown> = {
  name: 'customers',
  kind: 'query',
  text: 'query boomerangCustomersProbe($filter: String!) { customers(first: 1, query: $filter) { edges { node { id } } } }',
  answer: z.unknown(),
}

/**
 * Shopify compares a customer's `updated_at` by the day, so whole days are read, and one more at each end; what comes twice is
 * merged once.
 */
export const customers = bulkObject({
  name: 'storefront.customers',
  overlapMs: 10 * 60 * 1000,
  claims: [customerClaim],
  query: interval => customersQuery(changedOnDays(interval)),
  probe: { ask: askCustomersProbe, filter: changedOnDays },
})
