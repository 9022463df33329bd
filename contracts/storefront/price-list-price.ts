import { currency, id, money, nullable } from '../columns.ts'
import { contract } from '../contract.ts'
import { notNegative } from '../rules.ts'

/** The fixed price of one variant in a price list. */
export const priceListPrice = contract('storefront.price_list_price', {
  version: 1,
  key: ['price_list_id', 'variant_id'],
  risk: 'operational',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  parent: { contract: 'storefront.price_list', column: 'price_list_id' },
  row: {
    price_list_id: id('PriceList'),
    variant_id: id('ProductVariant'),
    price: money(),
    compare_at_price: nullable(money()),
    currency: currency(),
  },
  rules: [notNegative('price')],
})
