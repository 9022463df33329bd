import { id } from '../columns.ts'
import { contract } from '../contract.ts'

/** One product that a collection holds. */
export const collectionProduct = contract('storefront.collection_product', {
  version: 1,
  key: ['collection_id', 'product_id'],
  risk: 'analytical',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  parent: { contract: 'storefront.collection', column: 'collection_id' },
  row: { collection_id: id('Collection'), product_id: id('Product') },
  rules: [],
})
