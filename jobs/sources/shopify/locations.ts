import { location } from '../../../contracts/storefront/location.ts'
import { claimOf } from '../source.ts'
import type { BulkObject } from './object.ts'

const locationClaim = claimOf(location, {
  kind: 'Location',
  fields: {
    location_id: 'id',
    name: 'name',
    active: 'isActive',
    fulfills_online: 'fulfillsOnlineOrders',
    ships: 'shipsInventory',
    fulfillment_service: 'isFulfillmentService',
    country: 'address.countryCode',
    city: 'address.city',
    created_at: 'createdAt',
    updated_at: 'updatedAt',
  },
})

/** All locations, those that are no longer active too: the list cannot be searched by change. Stock that moves does not move its location. */
export const locations: BulkObject = {
  name: 'storefront.locations',
  root: 'locations',
  with: 'sortKey: ID, includeInactive: true, includeLegacy: true',
  clock: 'none',
  overlapMs: 0,
  whole: true,
  claims: [locationClaim],
}
