import { currency, money, nullable, oneOf, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'

/** One invoice as the books have it. */
export const invoice = contract('erp.invoice', {
  version: 1,
  key: ['invoice_id'],
  changed: 'invoiced_at',
  risk: 'financial',
  authority: 'erp',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    invoice_id: text('an invoice number', '[A-Z0-9][A-Z0-9-]{1,39}'),
    order_id: text("the digits of the shop's order id", '[1-9][0-9]{0,18}'),
    order_name: nullable(text('an order name such as #1001', '#?[A-Za-z0-9-]{1,40}')),
    invoiced_at: utc(),
    currency: currency(),
    net: money(),
    tax: money(),
    total: money(),
    status: oneOf('open', 'paid', 'cancelled'),
  },
  rules: [],
})
