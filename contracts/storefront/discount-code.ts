import { id, integer, text } from '../columns.ts'
import { contract } from '../contract.ts'

/** One code that redeems a discount. */
export const discountCode = contract('storefront.discount_code', {
  version: 1,
  key: ['code_id'],
  risk: 'operational',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  parent: { contract: 'storefront.discount', column: 'discount_id' },
  row: {
    code_id: id('DiscountRedeemCode'),
    discount_id: id('DiscountNode'),
    code: text('a code'),
    uses: integer(),
  },
  rules: [],
})
