import { inventoryItem } from '../../../contracts/storefront/inventory-item.ts'
import { stock as stockContract } from '../../../contracts/storefront/stock.ts'
import { claimOf } from '../source.ts'
import { bulkObject } from './object.ts'

const itemClaim = claimOf(inventoryItem, {
  kind: 'InventoryItem',
  fields: {
    inventory_item_id: 'id',
    sku: 'sku',
    tracked: 'tracked',
    created_at: 'createdAt',
    updated_at: 'updatedAt',
  },
})

const levelClaim = claimOf(stockContract, {
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
})

/** Each quantity under its own name: in one list their order would decide which is which. */
export const stockQuery = `{
  inventoryItems {
    edges {
      node {
        id sku tracked createdAt updatedAt
        inventoryLevels {
          edges {
            node {
              id isActive createdAt updatedAt
              location { id name }
              item { sku }
              available: quantities(names: ["available"]) { quantity }
              on_hand: quantities(names: ["on_hand"]) { quantity }
              committed: quantities(names: ["committed"]) { quantity }
              incoming: quantities(names: ["incoming"]) { quantity }
              reserved: quantities(names: ["reserved"]) { quantity }
            }
          }
        }
      }
    }
  }
}`

/** All of it, whatever the interval: a level that changes does not move its item's `updatedAt`, and levels have no list of their own. */
export const stock = bulkObject({
  name: 'storefront.stock',
  overlapMs: 0,
  claims: [itemClaim, levelClaim],
  query: () => stockQuery,
})
