import { id, integer, nullable, oneOf, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { notNegative } from '../rules.ts'
import { byEvent } from './deletion.ts'

/** One collection of a shop: products that are shown together. */
export const collection = contract('storefront.collection', {
  version: 1,
  key: ['collection_id'],
  changed: 'updated_at',
  risk: 'analytical',
  authority: 'storefront',
  gone: byEvent,
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    collection_id: id('Collection'),
    title: text('a title'),
    handle: text('a handle', '[^ /]{1,255}'),
    sort_order: oneOf(
      'ALPHA_ASC',
      'ALPHA_DESC',
      'BEST_SELLING',
      'MOST_RELEVANT',
      'CREATED',
      'CREATED_DESC',
      'MANUAL',
      'PRICE_ASC',
      'PRICE_DESC',
    ),
    /** As the shop counts them. */
    products: nullable(integer()),
    updated_at: utc(),
  },
  rules: [notNegative('products')],
})
