import { id, nullable, oneOf, text } from '../columns.ts'
import { contract } from '../contract.ts'
import { catalogId } from './price-list.ts'

/** What is sold to whom: the products and prices of a market, of some company locations, or of an app. */
export const catalog = contract('storefront.catalog', {
  version: 1,
  key: ['catalog_id'],
  risk: 'analytical',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    catalog_id: catalogId(),
    type: oneOf('AppCatalog', 'CompanyLocationCatalog', 'MarketCatalog'),
    title: text('a title'),
    status: oneOf('ACTIVE', 'ARCHIVED', 'DRAFT'),
    price_list_id: nullable(id('PriceList')),
  },
  rules: [],
})
