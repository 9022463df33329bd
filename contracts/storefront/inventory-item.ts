import { flag, id, nullable, sku, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { notBefore } from '../rules.ts'

/** The stockable side of a variant. */
export const inventoryItem = contract('storefront.inventory_item', {
  version: 1,
  key: ['inventory_item_id'],
  changed: 'updated_at',
  risk: 'operational',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    inventory_item_id: id('InventoryItem'),
    sku: nullable(sku()),
    tracked: flag(),
    created_at: utc(),
    updated_at: utc(),
  },
  rules: [notBefore('updated_at', 'created_at')],
})
