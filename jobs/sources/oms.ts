import { shipment } from '../../contracts/oms/shipment.ts'
import { site } from '../../contracts/oms/site.ts'
import { checkDatabase, tableObject } from './database.ts'
import { claimOf, type Source } from './source.ts'

const shipments = tableObject({
  name: 'oms.shipments',
  table: 'oms.shipments',
  claim: claimOf(shipment, {
    fields: {
      shipment_id: 'id',
      order_id: 'order_id',
      carrier: 'carrier',
      status: 'status',
      parcels: 'parcels',
      cost: 'cost',
      currency: 'currency',
      country: 'country',
      insured: 'insured',
      skus: 'skus',
      shipped_at: 'shipped_at',
      updated_at: 'updated_at',
    },
  }),
  read: { by: 'change', column: 'updated_at', overlapMs: 60 * 60 * 1000 },
})

/** A view that gives the time of reading: the table itself keeps no time of change. */
const sites = tableObject({
  name: 'oms.sites',
  table: 'oms.sites_now',
  claim: claimOf(site, { fields: { site_id: 'code', name: 'name', country: 'country', read_at: 'read_at' } }),
  read: { by: 'key', column: 'code', rowsAFile: 100_000 },
})

/** An order management system that lets its PostgreSQL database be read. */
export const oms: Source = { name: 'oms', objects: [shipments, sites], check: checkDatabase }
