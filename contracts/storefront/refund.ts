import { currency, id, money, nullable, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { notBefore, notNegative } from '../rules.ts'

/** One refund of an order: the money that went back. */
export const refund = contract('storefront.refund', {
  version: 1,
  key: ['refund_id'],
  risk: 'financial',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  parent: { contract: 'storefront.order', column: 'order_id' },
  row: {
    refund_id: id('Refund'),
    order_id: id('Order'),
    created_at: nullable(utc()),
    updated_at: utc(),
    amount: money(),
    currency: currency(),
  },
  rules: [notBefore('updated_at', 'created_at'), notNegative('amount')],
})
