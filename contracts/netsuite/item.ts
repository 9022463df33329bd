import { flag, integer, nullable, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'

/** One item of NetSuite's item list. */
export const netsuiteItem = contract('netsuite.item', {
  version: 1,
  key: ['item_id'],
  changed: 'changed_at',
  risk: 'operational',
  authority: 'netsuite',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    item_id: integer(),
    code: text('an item name or number'),
    name: nullable(text('a display name')),
    kind: text('an item type such as InvtPart', '[A-Za-z]+'),
    upc: nullable(text('a bar code')),
    inactive: flag(),
    changed_at: utc(),
  },
  rules: [],
})
