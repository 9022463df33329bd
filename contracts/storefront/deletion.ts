import { oneOf, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'

/** The storefront's word that a record is gone for good. */
export const deletion = contract('storefront.deletion', {
  version: 2,
  key: ['event_id', 'subject_id'],
  changed: 'deleted_at',
  risk: 'operational',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    event_id: text('the id of an event', '(gid://shopify/BasicEvent/)?[0-9A-Za-z-]{1,64}'),
    subject_id: text('a global id', 'gid://shopify/[A-Za-z]+/[1-9][0-9]{0,18}'),
    subject_type: text('a kind of subject', '[A-Z_]+'),
    action: oneOf('destroy'),
    deleted_at: utc(),
  },
  rules: [],
})

/** How a record of the storefront is known to be gone. */
export const byEvent = { contract: deletion.name, column: 'subject_id', at: 'deleted_at' } as const
