import { country, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'

/** One place from which parcels leave. */
export const site = contract('oms.site', {
  version: 1,
  key: ['site_id'],
  changed: 'read_at',
  risk: 'analytical',
  authority: 'oms',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    site_id: text('the code of a site', '[A-Z0-9-]{1,20}'),
    name: text('a name'),
    country: country(),
    read_at: utc(),
  },
  rules: [],
})
