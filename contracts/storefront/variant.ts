import { id, integer, money, nullable, sku, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { notBefore, notNegative } from '../rules.ts'
import { byEvent } from './deletion.ts'

/** One variant of a product: what is sold and stocked. */
export const variant = contract('storefront.variant', {
  version: 1,
  key: ['variant_id'],
  changed: 'updated_at',
  risk: 'operational',
  authority: 'storefront',
  gone: byEvent,
  rejectLimit: { share: 0.01, atLeast: 20 },
  parent: { contract: 'storefront.product', column: 'product_id' },
  row: {
    variant_id: id('ProductVariant'),
    product_id: id('Product'),
    inventory_item_id: id('InventoryItem'),
    sku: nullable(sku()),
    barcode: nullable(text('a barcode')),
    price: money(),
    compare_at_price: nullable(money()),
    position: integer(),
    created_at: utc(),
    updated_at: utc(),
  },
  rules: [notBefore('updated_at', 'created_at'), notNegative('price')],
})
