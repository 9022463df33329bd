import { wmsStock } from '../../contracts/wms/stock.ts'
import { checkDrop, dropObject } from './files.ts'
import { claimOf, type Source } from './source.ts'

const stock = dropObject({
  name: 'wms.stock',
  claim: claimOf(wmsStock, {
    fields: {
      sku: 'sku',
      location: 'location',
      on_hand: 'on_hand',
      reserved: 'reserved',
      available: 'available',
      counted_at: 'counted_at',
    },
  }),
  match: /^stock-[0-9A-Za-z-]+\.csv$/,
  format: 'csv',
  complete: { by: 'manifest' },
})

/** The shelves: what the warehouse management system counts, one whole snapshot a file. */
export const wms: Source = { name: 'wms', objects: [stock], check: checkDrop }
