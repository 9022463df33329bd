import { metafield, metafieldOwner } from '../../../contracts/storefront/metafield.ts'
import { claimOf } from '../source.ts'
import type { BulkObject } from './object.ts'
import { settleMs } from './slice.ts'

const metafieldClaim = claimOf(metafield, {
  kind: 'Metafield',
  fields: {
    metafield_id: 'id',
    owner_id: '__parentId',
    namespace: 'namespace',
    key: 'key',
    type: 'type',
    value: 'value',
    created_at: 'createdAt',
    updated_at: 'updatedAt',
  },
})

/**
 * The metafields of every owner that changed, as they stand now. They have no search of their own: of one that is written without moving its
 * owner's `updatedAt`, nothing is heard until the owner changes for another reason.
 */
const metafieldsOf = (kind: string, of: Pick<BulkObject, 'root' | 'clock' | 'needs'>): BulkObject => ({
  ...of,
  name: `storefront.${kind.toLowerCase()}_metafields`,
  overlapMs: settleMs,
  claims: [claimOf(metafieldOwner, { kind, fields: { owner_id: 'id', updated_at: 'updatedAt' } })],
  below: { metafields: { claims: [metafieldClaim] } },
})

export const orderMetafields = metafieldsOf('Order', {
  root: 'orders',
  clock: 'second',
  needs: [{ scope: 'read_all_orders', days: 60 }],
})
export const customerMetafields = metafieldsOf('Customer', { root: 'customers', clock: 'day' })
export const productMetafields = metafieldsOf('Product', { root: 'products', clock: 'second' })
