import { id, integer, nullable, text } from '../columns.ts'
import { contract } from '../contract.ts'
import { atMost, notNegative } from '../rules.ts'

/** How many of one line of an order come back, why, and how many of them have been refunded. */
export const returnLine = contract('storefront.return_line', {
  version: 1,
  key: ['return_line_id'],
  risk: 'financial',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  parent: { contract: 'storefront.return', column: 'return_id' },
  row: {
    return_line_id: text('a global id of a return line', 'gid://shopify/(Unverified)?ReturnLineItem/[1-9][0-9]{0,18}'),
    return_id: id('Return'),
    line_id: nullable(id('LineItem')),
    quantity: integer(),
    refunded_quantity: integer(),
    reason: nullable(text('a reason')),
  },
  rules: [notNegative('quantity'), atMost('refunded_quantity', 'quantity')],
})
