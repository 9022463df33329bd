import { product } from '../../../contracts/storefront/product.ts'
import { variant } from '../../../contracts/storefront/variant.ts'
import { alone, claimOf } from '../source.ts'
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

const variantFields = {
  variant_id: 'id',
  inventory_item_id: 'inventoryItem.id',
  sku: 'sku',
  barcode: 'barcode',
  price: 'price',
  compare_at_price: 'compareAtPrice',
  position: 'position',
  created_at: 'createdAt',
  updated_at: 'updatedAt',
}

export const products: BulkObject = {
  name: 'storefront.products',
  root: 'products',
  clock: 'second',
  overlapMs: settleMs,
  claims: [productClaim],
  below: {
    variants: {
      claims: [claimOf(variant, { kind: 'ProductVariant', fields: { ...variantFields, product_id: '__parentId' } })],
    },
  },
}

/**
 * The variants that changed, by their own list: a price, a barcode or a stocked item that changes need not move the product's `updatedAt`,
 * and stock that is sold moves neither. A variant that is removed moves its product, whose set is then read anew.
 */
export const variants: BulkObject = {
  name: 'storefront.variants',
  root: 'productVariants',
  clock: 'second',
  overlapMs: settleMs,
  claims: [claimOf(alone(variant), { kind: 'ProductVariant', fields: { ...variantFields, product_id: 'product.id' } })],
}
