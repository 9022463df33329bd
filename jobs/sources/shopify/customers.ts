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
    marketing_opt_in: 'defaultEmailAddress.marketingOptInLevel',
    marketing_changed_at: 'defaultEmailAddress.marketingUpdatedAt',
    data_sale_opt_out: 'dataSaleOptOut',
    tax_exempt: 'taxExempt',
    state: 'state',
    created_at: 'createdAt',
    updated_at: 'updatedAt',
    orders: 'numberOfOrders',
    amount_spent: 'amountSpent.amount',
    currency: 'amountSpent.currencyCode',
    country: 'defaultAddress.countryCodeV2',
    province: 'defaultAddress.provinceCode',
    city: 'defaultAddress.city',
    street: 'defaultAddress.address1',
    street_more: 'defaultAddress.address2',
    company: 'defaultAddress.company',
    postcode: 'defaultAddress.zip',
    tags: 'tags',
  },
})

/**
 * Shopify compares a customer's `updated_at` by the day, so whole days are read; what comes twice is merged once. What a customer has agreed to
 * by text message is not read: 2026-07 marks every way to it as deprecated.
 */
export const customers: BulkObject = {
  name: 'storefront.customers',
  root: 'customers',
  clock: 'day',
  overlapMs: settleMs,
  claims: [customerClaim],
}
