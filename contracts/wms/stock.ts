import { integer, sku, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'

/** What lies on the shelf: counted by the warehouse management system, which decides it. */
export const wmsStock = contract('wms.stock', {
  version: 1,
  key: ['sku', 'location'],
  changed: 'counted_at',
  risk: 'operational',
  authority: 'wms',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    sku: sku(),
    location: text('a location name'),
    on_hand: integer(),
    reserved: integer(),
    available: integer(),
    counted_at: utc(),
  },
  rules: [],
})
