import { inventoryItem } from '../../../contracts/storefront/inventory-item.ts'
import { stock as stockContract } from '../../../contracts/storefront/stock.ts'
import type { SourceObject } from '../source.ts'
import { bulkQuery } from './bulk.ts'

/** Quantities by alias: the order in which names come back is promised nowhere. */
export const stockQuery = `{
  inventoryItems { edges { node {
    id sku tracked createdAt updatedAt
    inventoryLevels { edges { node {
      id isActive createdAt updatedAt
      item { sku }
      location { id name }
      available: quantities(names: ["available"]) { quantity }
      on_hand: quantities(names: ["on_hand"]) { quantity }
      committed: quantities(names: ["committed"]) { quantity }
      incoming: quantities(names: ["incoming"]) { quantity }
      reserved: quantities(names: ["reserved"]) { quantity }
    } } }
  } } }
}`

/** All stock, every night: a level that moves does not move its item's `updatedAt`, so no filter would find it. */
export const stock: SourceObject = {
  name: 'storefront.stock',
  format: 'ndjson',
  overlapMs: 0,
  extract: (ctx, request) => bulkQuery(ctx, request, { name: 'stock.jsonl', query: stockQuery }),
  claims: [
    {
      contract: inventoryItem,
      kind: 'InventoryItem',
      fields: {
        inventory_item_id: 'id',
        sku: 'sku',
        tracked: 'tracked',
        created_at: 'createdAt',
        updated_at: 'updatedAt',
      },
    },
    {
      contract: stockContract,
      kind: 'InventoryLevel',
      fields: {
        stock_id: 'id',
        inventory_item_id: '__parentId',
        sku: 'item.sku',
        location_id: 'location.id',
        location: 'location.name',
        active: 'isActive',
        available: 'available.0.quantity',
        on_hand: 'on_hand.0.quantity',
        committed: 'committed.0.quantity',
        incoming: 'incoming.0.quantity',
        reserved: 'reserved.0.quantity',
        created_at: 'createdAt',
        updated_at: 'updatedAt',
      },
    },
  ],
}
