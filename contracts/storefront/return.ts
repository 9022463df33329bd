import { id, integer, nullable, oneOf, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { notBefore, notNegative } from '../rules.ts'

/** Goods of an order that are to come back. */
export const orderReturn = contract('storefront.return', {
  version: 1,
  key: ['return_id'],
  risk: 'financial',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  parent: { contract: 'storefront.order', column: 'order_id' },
  row: {
    return_id: id('Return'),
    order_id: id('Order'),
    name: text('a name such as #1001-R1'),
    status: oneOf('CANCELED', 'CLOSED', 'OPEN', 'REQUESTED', 'DECLINED'),
    created_at: utc(),
    closed_at: nullable(utc()),
    items: integer(),
  },
  rules: [notBefore('closed_at', 'created_at'), notNegative('items')],
})
