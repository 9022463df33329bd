import { id, integer, money, oneOf } from '../columns.ts'
import { contract } from '../contract.ts'
import { notNegative } from '../rules.ts'

/** How much of one line of an order a refund gives back, and whether the goods went back to the shelf. */
export const refundLine = contract('storefront.refund_line', {
  version: 1,
  key: ['refund_line_id'],
  risk: 'financial',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  parent: { contract: 'storefront.refund_detail', column: 'refund_id' },
  row: {
    refund_line_id: id('RefundLineItem'),
    refund_id: id('Refund'),
    line_id: id('LineItem'),
    quantity: integer(),
    restock: oneOf('RETURN', 'CANCEL', 'LEGACY_RESTOCK', 'NO_RESTOCK'),
    amount: money(),
    tax: money(),
  },
  rules: [notNegative('quantity'), notNegative('amount')],
})
