import { currency, email, id, list, money, nullable, oneOf, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { notBefore, notNegative } from '../rules.ts'
import { byEvent } from './deletion.ts'

/** One order that the shop's staff prepares for a customer. Amounts are in the shop's currency. */
export const draftOrder = contract('storefront.draft_order', {
  version: 1,
  key: ['draft_order_id'],
  changed: 'updated_at',
  risk: 'operational',
  authority: 'storefront',
  gone: byEvent,
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    draft_order_id: id('DraftOrder'),
    name: text('a name such as #D12', '#?[A-Za-z0-9-]{1,40}'),
    status: oneOf('COMPLETED', 'INVOICE_SENT', 'OPEN'),
    customer_id: nullable(id('Customer')),
    email: nullable(email()),
    /** The order that it has become. */
    order_id: nullable(id('Order')),
    currency: currency(),
    subtotal: money(),
    total_tax: money(),
    total_discount: money(),
    total_shipping: money(),
    total: money(),
    created_at: utc(),
    updated_at: utc(),
    invoice_sent_at: nullable(utc()),
    completed_at: nullable(utc()),
    tags: list(),
  },
  rules: [notBefore('updated_at', 'created_at'), notBefore('completed_at', 'created_at'), notNegative('total')],
})
