import { flag, id, integer, nullable, sku, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { notBefore } from '../rules.ts'

/** What a shop believes to have of one SKU at one location. The warehouse management system decides how much there is. */
export const stock = contract('storefront.stock', {
  version: 1,
  key: ['stock_id'],
  changed: 'updated_at',
  risk: 'operational',
  authority: 'wms',
  rejectLimit: { share: 0.01, atLeast: 20 },
  parent: { contract: 'storefront.inventory_item', column: 'inventory_item_id' },
  row: {
    stock_id: text(
      'a global id of an InventoryLevel',
      'gid://shopify/InventoryLevel/[0-9]{1,19}(\\?inventory_item_id=[0-9]{1,19})?',
    ),
    inventory_item_id: id('InventoryItem'),
    sku: nullable(sku()),
    location_id: id('Location'),
    location: text('a location name'),
    active: flag(),
    available: integer(),
    on_hand: integer(),
    committed: integer(),
    incoming: integer(),
    reserved: integer(),
    created_at: utc(),
    updated_at: utc(),
  },
  rules: [notBefore('updated_at', 'created_at')],
})
