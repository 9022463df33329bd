import { country, currency, flag, id, money, nullable, sku, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { notBefore, notNegative } from '../rules.ts'

/** The stockable side of a variant, and what one of it costs the shop. */
export const inventoryItem = contract('storefront.inventory_item', {
  version: 2,
  key: ['inventory_item_id'],
  changed: 'updated_at',
  risk: 'operational',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    inventory_item_id: id('InventoryItem'),
    sku: nullable(sku()),
    tracked: flag(),
    requires_shipping: flag(),
    unit_cost: nullable(money()),
    cost_currency: nullable(currency()),
    origin: nullable(country()),
    created_at: utc(),
    updated_at: utc(),
  },
  rules: [notBefore('updated_at', 'created_at'), notNegative('unit_cost')],
})
