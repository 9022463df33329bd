import { collection } from '../../../contracts/storefront/collection.ts'
import { collectionProduct } from '../../../contracts/storefront/collection-product.ts'
import { claimOf } from '../source.ts'
import type { BulkObject } from './object.ts'

const collectionClaim = claimOf(collection, {
  kind: 'Collection',
  fields: {
    collection_id: 'id',
    title: 'title',
    handle: 'handle',
    sort_order: 'sortOrder',
    products: 'productsCount.count',
    updated_at: 'updatedAt',
  },
})

const productClaim = claimOf(collectionProduct, {
  kind: 'Product',
  fields: { collection_id: '__parentId', product_id: 'id' },
})

/**
 * All of it, whatever the interval: where rules fill a collection, a product comes and goes without a change of the collection, and its
 * `updatedAt` does not move.
 */
export const collections: BulkObject = {
  name: 'storefront.collections',
  root: 'collections',
  clock: 'none',
  overlapMs: 0,
  whole: true,
  claims: [collectionClaim],
  below: { products: { claims: [productClaim] } },
}
