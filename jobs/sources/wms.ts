import { wmsStock } from '../../contracts/wms/stock.ts'
import { dropCheck, dropObject } from './files.ts'
import type { Source } from './source.ts'

/** The shelf: stock levels, dropped as CSV files with a manifest each. */
export const wms: Source = {
  name: 'wms',
  check: dropCheck,
  objects: [
    dropObject({
      name: 'wms.stock',
      contract: wmsStock,
      format: 'csv',
      manifest: true,
      match: /^stock-.*\.csv(\.gz)?$/,
      fields: {
        sku: 'sku',
        location: 'location',
        on_hand: 'on_hand',
        reserved: 'reserved',
        available: 'available',
        counted_at: 'counted_at',
      },
    }),
  ],
}
