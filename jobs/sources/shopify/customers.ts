import { customer } from '../../../contracts/storefront/customer.ts'
import type { SourceObject } from '../source.ts'
import { bulkQuery } from './bulk.ts'
import { daysAround } from './filter.ts'

export const customersQuery = (filter: string): string => `{
  customers(query: "${filter}") { edges { node {
    id createdAt updatedAt state firstName lastName tags numberOfOrders
    defaultEmailAddress { emailAddress marketingState }
    amountSpent { amount currencyCode }
    defaultAddress { countryCodeV2 zip }
  } } }
}`

/** Customers that changed. Shopify compares their `updated_at` by whole days, so whole days are asked for. */
export const customers: SourceObject = {
  name: 'storefront.customers',
  format: 'ndjson',
  overlapMs: 10 * 60_000,
  extract: (ctx, request) =>
    bulkQuery(ctx, request, {
      name: 'customers.jsonl',
      query: customersQuery(daysAround('updated_at', request.interval)),
    }),
  claims: [
    {
      contract: customer,
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
    },
  ],
}
