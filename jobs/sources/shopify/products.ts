import { product } from '../../../contracts/storefront/product.ts'
import { variant } from '../../../contracts/storefront/variant.ts'
import type { SourceObject } from '../source.ts'
import { bulkQuery } from './bulk.ts'
import { between } from './filter.ts'

export const productsQuery = (filter: string): string => `{
  products(query: "${filter}") { edges { node {
    id title handle status vendor productType totalInventory createdAt updatedAt tags
    variants { edges { node {
      id sku barcode price compareAtPrice position createdAt updatedAt inventoryItem { id }
    } } }
  } } }
}`

/** Products that changed, with their variants. */
export const products: SourceObject = {
  name: 'storefront.products',
  format: 'ndjson',
  overlapMs: 10 * 60_000,
  extract: (ctx, request) =>
    bulkQuery(ctx, request, { name: 'products.jsonl', query: productsQuery(between('updated_at', request.interval)) }),
  claims: [
    {
      contract: product,
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
    },
    {
      contract: variant,
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
    },
  ],
}
