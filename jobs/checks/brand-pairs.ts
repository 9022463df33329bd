import type { Connection } from '../../contracts/connection.ts'
import type { Scope } from './check.ts'

/** Each shop beside the connection of another system that serves the same brand in the same region. */
export const brandPairs = (connections: readonly Connection[], system: string): readonly Scope[] =>
  connections
    .filter(connection => connection.system === 'shopify')
    .flatMap(shop =>
      connections
        .filter(other => other.system === system && other.brand === shop.brand && other.region === shop.region)
        .map(other => ({ connection: shop.name, others: { [system]: other.name }, timeZone: shop.timeZone })),
    )
