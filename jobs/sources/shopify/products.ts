import { z } from 'zod'
import { product } from '../../../contracts/storefront/product.ts'
import { variant } from '../../../contracts/storefront/variant.ts'
import type { Ask } from '../../../sinks/shopify/asks.ts'
import { claimOf } from '../source.ts'
import { changedSince, literal } from './filter.ts'
import { bulkObject } from './object.ts'

const productClaim = claimOf(product, {
  kind: 'Product',
  fields: {
    product_id: 'id',
    title: 'title',
    handle: 'handle',
    status: 'status',
    vendor: 'vendor',
    product_type: 'productType',
    total_inventory: 'totalInventory',
    created_at: 'createdAt',
    updated_at: 'updatedAt',
    tags: 'tags',
  },
})

const variantClaim = claimOf(variant, {
  kind: 'ProductVariant',
  fields: {
    variant_id: 'id',
    product_id: '__parentId',
    inventory_item_id: 'inventoryItem.id',
    sku: 'sku',
    barcode: 'barcode',
    price: 'price',
    compare_at_price: 'compareAtPrice',
    position: 'position',
    created_at: 'createdAt',
    updated_at: 'updatedAt',
  },
})

export const productsQuery = (filter: string): string => `{
  products(query: ${literal(filter)}) {
    edges {
      node {
        id title handle status vendor productType totalInventory createdAt updatedAt tags
        variants {
          edges { node { id sku barcode price compareAtPrice position createdAt updatedAt inventoryItem { id } } }
        }
      }
    }
  }
}`

export const askProductsProbe: Ask<unknown> = {
  name: 'products',
  kind: 'query',
  text: 'query boomerangProductsProbe($filter: String!) { products(first: 1, query: $filter) { edges { node { id } } } }',
  answer: z.unknown(),
}

export const products = bulkObject({
  name: 'storefront.products',
  overlapMs: 10 * 60 * 1000,
  claims: [productClaim, variantClaim],
  query: interval => productsQuery(changedSince(interval)),
  probe: { ask: askProductsProbe, filter: changedSince },
})
