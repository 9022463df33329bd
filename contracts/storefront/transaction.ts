import { currency, flag, id, money, nullable, oneOf, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { notNegative } from '../rules.ts'

/** One movement of money of an order, as the payment provider answered it. */
export const transaction = contract('storefront.transaction', {
  version: 1,
  key: ['transaction_id'],
  risk: 'financial',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  parent: { contract: 'storefront.order', column: 'order_id' },
  row: {
    transaction_id: id('OrderTransaction'),
    order_id: id('Order'),
    parent_transaction_id: nullable(id('OrderTransaction')),
    kind: oneOf(
      'SALE',
      'CAPTURE',
      'AUTHORIZATION',
      'VOID',
      'REFUND',
      'CHANGE',
      'EMV_AUTHORIZATION',
      'SUGGESTED_REFUND',
    ),
    status: oneOf('SUCCESS', 'FAILURE', 'PENDING', 'ERROR', 'AWAITING_RESPONSE', 'UNKNOWN'),
    gateway: nullable(text('a payment gateway')),
    created_at: utc(),
    processed_at: nullable(utc()),
    test: flag(),
    amount: money(),
    currency: currency(),
  },
  rules: [notNegative('amount')],
})
