import { invoice } from '../../contracts/erp/invoice.ts'
import { payment } from '../../contracts/erp/payment.ts'
import { erpRefund } from '../../contracts/erp/refund.ts'
import { checkDrop, dropObject } from './files.ts'
import { claimOf, type Source } from './source.ts'

const invoices = dropObject({
  name: 'erp.invoices',
  claim: claimOf(invoice, {
    fields: {
      invoice_id: 'invoice_id',
      order_id: 'order_id',
      order_name: 'order_name',
      invoiced_at: 'invoice_date',
      currency: 'currency',
      net: 'net',
      tax: 'tax',
      total: 'total',
      status: 'status',
    },
  }),
  match: /^invoices-[0-9A-Za-z-]+\.csv$/,
  format: 'csv',
  complete: { by: 'manifest' },
})

const refunds = dropObject({
  name: 'erp.refunds',
  claim: claimOf(erpRefund, {
    fields: {
      credit_note_id: 'credit_note_id',
      invoice_id: 'invoice_id',
      order_id: 'order_id',
      issued_at: 'issued_at',
      currency: 'currency',
      amount: 'amount',
    },
  }),
  match: /^refunds-[0-9A-Za-z-]+\.csv$/,
  format: 'csv',
  complete: { by: 'manifest' },
})

const payments = dropObject({
  name: 'erp.payments',
  claim: claimOf(payment, {
    fields: {
      payment_id: 'payment_id',
      order_id: 'order_id',
      invoice_id: 'invoice_id',
      paid_at: 'paid_at',
      method: 'method',
      currency: 'currency',
      amount: 'amount',
      fee: 'fee',
    },
  }),
  match: /^payments-[0-9A-Za-z-]+\.csv$/,
  format: 'csv',
  complete: { by: 'manifest' },
})

/** The books: what the ERP drops into a folder of its own for each company. */
export const erp: Source = { name: 'erp', objects: [invoices, refunds, payments], check: checkDrop }
