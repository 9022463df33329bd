import { currency, decimal, id, integer, nullable, oneOf, text } from '../columns.ts'
import { contract } from '../contract.ts'
import { notNegative } from '../rules.ts'

export const catalogId = () =>
  text('a global id of a catalog', 'gid://shopify/(App|CompanyLocation|Market)Catalog/[1-9][0-9]{0,18}')

/** One list of prices for some buyers: all of a shop's, raised or lowered by a share, and beside them some that are fixed. */
export const priceList = contract('storefront.price_list', {
  version: 1,
  key: ['price_list_id'],
  risk: 'operational',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    price_list_id: id('PriceList'),
    name: text('a name'),
    currency: currency(),
    catalog_id: nullable(catalogId()),
    adjustment_type: nullable(oneOf('PERCENTAGE_DECREASE', 'PERCENTAGE_INCREASE')),
    /** In percent. */
    adjustment: nullable(decimal(9)),
    /** As the shop counts them. */
    fixed_prices: integer(),
  },
  rules: [notNegative('adjustment'), notNegative('fixed_prices')],
})
