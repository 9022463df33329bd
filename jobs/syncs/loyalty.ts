import type { Connection } from '../../contracts/connection.ts'
import { loyalty } from '../../contracts/warehouse/loyalty.ts'
import type { ModelTables } from '../../models/tables.ts'
import { type Route, type Sync, syncOf } from './sync.ts'

const sync = syncOf<ModelTables>()

const common = {
  risk: 'operational',
  contract: loyalty,
  model: 'marts.customer_loyalty',
  id: 'customer_id',
  asOf: 'as_of',
  budget: { share: 0.5, atLeast: 50 },
} as const

/** Score and tier as customer metafields of the shop that the customer belongs to. */
export const loyaltyToStorefront: Sync = sync({
  ...common,
  name: 'loyalty-to-storefront',
  sink: 'shopify.metafields',
  fields: { loyalty_score: 'boomerang.loyalty_score', loyalty_tier: 'boomerang.loyalty_tier' },
  route: connections => shops(connections).map(({ name }) => ({ from: name, to: name })),
})

/** Score and tier as contact properties of the CRM portal of the same brand and region. */
export const loyaltyToCrm: Sync = sync({
  ...common,
  name: 'loyalty-to-crm',
  sink: 'hubspot.contacts',
  fields: { loyalty_score: 'loyalty_score', loyalty_tier: 'loyalty_tier' },
  route: connections =>
    shops(connections).flatMap((shop): readonly Route[] =>
      connections
        .filter(({ system, brand, region }) => system === 'hubspot' && brand === shop.brand && region === shop.region)
        .map(crm => ({ from: shop.name, to: crm.name })),
    ),
})

const shops = (connections: readonly Connection[]): readonly Connection[] =>
  connections.filter(({ system }) => system === 'shopify')
