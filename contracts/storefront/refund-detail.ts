import { id, nullable, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { notBefore } from '../rules.ts'

/** What a refund says of itself beside its money; it stands where its lines have been read. */
export const refundDetail = contract('storefront.refund_detail', {
  version: 1,
  key: ['refund_id'],
  changed: 'updated_at',
  risk: 'financial',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    refund_id: id('Refund'),
    order_id: id('Order'),
    return_id: nullable(id('Return')),
    created_at: nullable(utc()),
    processed_at: utc(),
    updated_at: utc(),
  },
  rules: [notBefore('updated_at', 'created_at')],
})
