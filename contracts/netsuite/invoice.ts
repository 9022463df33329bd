import { currency, flag, integer, money, nullable, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'

/** One invoice as NetSuite's books have it, amounts in the invoice's own currency. */
export const netsuiteInvoice = contract('netsuite.invoice', {
  version: 1,
  key: ['invoice_id'],
  changed: 'changed_at',
  risk: 'financial',
  authority: 'netsuite',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    invoice_id: integer(),
    number: text('an invoice number'),
    invoiced_on: text('a day such as 2026-06-30', '[0-9]{4}-[0-9]{2}-[0-9]{2}'),
    changed_at: utc(),
    customer_id: nullable(integer()),
    order_reference: nullable(text("the customer's order number")),
    currency: currency(),
    total: money(),
    unpaid: money(),
    status: text('a letter for a status', '[A-Z]'),
    voided: flag(),
  },
  rules: [],
})
