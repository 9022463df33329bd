import { product } from '../../../contracts/storefront/product.ts'
import { variant } from '../../../contracts/storefront/variant.ts'
import { claimOf } from '../source.ts'
import type { BulkObject } from './object.ts'
import { settleMs } from './slice.ts'

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

export const products: BulkObject = {
  name: 'storefront.products',
  root: 'products',
  clock: 'second',
  overlapMs: settleMs,
  claims: [productClaim],
  below: { variants: { claims: [variantClaim] } },
}
