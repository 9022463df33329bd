import { currency, money, nullable, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { notNegative } from '../rules.ts'

/** One credit note as the books have it. */
export const erpRefund = contract('erp.refund', {
  version: 1,
  key: ['credit_note_id'],
  changed: 'issued_at',
  risk: 'financial',
  authority: 'erp',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    credit_note_id: text('a credit note number', '[A-Z0-9][A-Z0-9-]{1,39}'),
    invoice_id: nullable(text('an invoice number', '[A-Z0-9][A-Z0-9-]{1,39}')),
    order_id: text("the digits of the shop's order id", '[1-9][0-9]{0,18}'),
    issued_at: utc(),
    currency: currency(),
    amount: money(),
  },
  rules: [notNegative('amount')],
})
