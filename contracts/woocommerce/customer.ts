import { flag, integer, nullable, personal, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'

/**
 * One account of a WooCommerce shop. Who never changed an account has no time of a change, so that versions are told apart by when
 * they were read: each night brings them all.
 */
export const wooCustomer = contract('woocommerce.customer', {
  version: 1,
  key: ['customer_id'],
  changed: 'created_at',
  risk: 'operational',
  authority: 'woocommerce',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    customer_id: integer(),
    email: personal(text('an e-mail address, or nothing')),
    role: text('a role such as customer', '[A-Za-z0-9_-]*'),
    created_at: utc(),
    updated_at: nullable(utc()),
    has_paid: flag(),
    country: text('a country code, or nothing', '([A-Z]{2})?'),
  },
  rules: [],
})
