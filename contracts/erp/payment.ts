import { currency, money, nullable, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'

/** One payment as it was settled. */
export const payment = contract('erp.payment', {
  version: 1,
  key: ['payment_id'],
  changed: 'paid_at',
  risk: 'financial',
  authority: 'erp',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    payment_id: text('a payment number', '[A-Z0-9][A-Z0-9-]{1,39}'),
    order_id: text("the digits of the shop's order id", '[1-9][0-9]{0,18}'),
    invoice_id: nullable(text('an invoice number', '[A-Z0-9][A-Z0-9-]{1,39}')),
    paid_at: utc(),
    method: text('a payment method', '[a-z_]+'),
    currency: currency(),
    amount: money(),
    fee: money(),
  },
  rules: [],
})
