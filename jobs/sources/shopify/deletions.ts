import { deletion } from '../../../contracts/storefront/deletion.ts'
import { claimOf } from '../source.ts'
import type { PagedList } from './pages.ts'
import { filterOf, sliceSince } from './slice.ts'

const claim = claimOf(deletion, {
  kind: 'BasicEvent',
  fields: {
    event_id: 'id',
    subject_id: 'subjectId',
    subject_type: 'subjectType',
    action: 'action',
    deleted_at: 'createdAt',
  },
})

const subjects = ['ORDER', 'CUSTOMER', 'PRODUCT', 'PRODUCT_VARIANT', 'COLLECTION', 'DRAFT_ORDER', 'DISCOUNT_NODE']

/**
 * The events that tell of deletions, which Shopify keeps for a year. Inventory items, refunds and fulfillments have none; what vanishes
 * without an event is found by the sweeps.
 */
export const deletions: PagedList = {
  name: 'storefront.deletions',
  root: 'events',
  changeSignal: 'createdAt of the event, which never changes',
  overlapMs: 60 * 60 * 1000,
  claims: [claim],
  select: '... on BasicEvent { id action createdAt subjectId subjectType }',
  filter: ({ from }) => {
    const since = filterOf('second', sliceSince('second', from))?.replace('updated_at', 'created_at')
    return `action:destroy AND (${subjects.map(subject => `subject_type:${subject}`).join(' OR ')}) AND ${since}`
  },
}
