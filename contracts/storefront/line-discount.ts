import { id, integer, money, nullable, text } from '../columns.ts'
import { contract } from '../contract.ts'
import { notNegative } from '../rules.ts'

/** The share of one discount that falls on one line of an order. */
export const lineDiscount = contract('storefront.line_discount', {
  version: 1,
  key: ['line_id', 'discount_index'],
  risk: 'financial',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  parent: { contract: 'storefront.order_line', column: 'line_id' },
  row: {
    line_id: id('LineItem'),
    /** Its place among the discounts of the order, from 0. */
    discount_index: integer(),
    kind: text('a kind of discount such as DiscountCodeApplication'),
    code: nullable(text('a discount code')),
    title: nullable(text('a title')),
    amount: money(),
  },
  rules: [notNegative('amount')],
})
