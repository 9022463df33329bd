import { inventoryItem } from '../../../contracts/storefront/inventory-item.ts'
import { stock as stockContract } from '../../../contracts/storefront/stock.ts'
import { claimOf } from '../source.ts'
import type { BulkObject } from './object.ts'

const itemClaim = claimOf(inventoryItem, {
  kind: 'InventoryItem',
  fields: {
    inventory_item_id: 'id',
    sku: 'sku',
    tracked: 'tracked',
    requires_shipping: 'requiresShipping',
    unit_cost: 'unitCost.amount',
    cost_currency: 'unitCost.currencyCode',
    origin: 'countryCodeOfOrigin',
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

const quantities = ['available', 'on_hand', 'committed', 'incoming', 'reserved']

/**
 * All of it, whatever the interval: a level that changes does not move its item's `updatedAt`, and levels have no list of their own.
 * Each quantity stands under its own name: in one list their order would decide which is which.
 */
export const stock: BulkObject = {
  name: 'storefront.stock',
  root: 'inventoryItems',
  clock: 'none',
  overlapMs: 0,
  whole: true,
  claims: [itemClaim],
  below: {
    inventoryLevels: {
      claims: [levelClaim],
      spelled: Object.fromEntries(quantities.map(each => [each, `${each}: quantities(names: ["${each}"])`])),
    },
  },
}
