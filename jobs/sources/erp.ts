import { invoice } from '../../contracts/erp/invoice.ts'
import { payment } from '../../contracts/erp/payment.ts'
import { erpRefund } from '../../contracts/erp/refund.ts'
import { dropCheck, dropObject } from './files.ts'
import type { Source } from './source.ts'

const same = (...columns: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(columns.map(column => [column, column]))
const csv = { format: 'csv', manifest: true } as const

/** The books: invoices, credit notes and payments, dropped as CSV files with a manifest each. */
export const erp: Source = {
  name: 'erp',
  check: dropCheck,
  objects: [
    dropObject({
      ...csv,
      name: 'erp.invoices',
      contract: invoice,
      match: /^invoices-.*\.csv(\.gz)?$/,
      fields: {
        ...same('invoice_id', 'order_id', 'order_name', 'currency', 'net', 'tax', 'total', 'status'),
        invoiced_at: 'invoice_date',
      },
    }),
    dropObject({
      ...csv,
      name: 'erp.refunds',
      contract: erpRefund,
      match: /^refunds-.*\.csv(\.gz)?$/,
      fields: same('credit_note_id', 'invoice_id', 'order_id', 'issued_at', 'currency', 'amount'),
    }),
    dropObject({
      ...csv,
      name: 'erp.payments',
      contract: payment,
      match: /^payments-.*\.csv(\.gz)?$/,
      fields: same('payment_id', 'order_id', 'invoice_id', 'paid_at', 'method', 'currency', 'amount', 'fee'),
    }),
  ],
}
