import type { Interval } from '../../../contracts/connection.ts'
import { Fault } from '../../../contracts/fault.ts'
import { dayMs } from '../../../contracts/instant.ts'
import { askScopes } from '../../../sinks/shopify/asks.ts'
import type { Shopify } from '../../../sinks/shopify/client.ts'
import { claimsOf, type Lines } from './bulk-query.ts'

/** A right that an object needs beyond the one to read its list. */
export interface Need {
  /** The access scope, as Shopify names it. */
  readonly scope: string
  /** The fields that are left out without it: their columns must be nullable. */
  readonly fields?: readonly string[]
  /** Without it, only records of so many days can be seen: an older interval is refused, for it would be closed as empty. */
  readonly days?: number
}

/** A scope that the app lacks, and what is left out for it. */
export interface Lack {
  readonly scope: string
  readonly fields: readonly string[]
}

export interface RightsRequest {
  readonly needs: readonly Need[]
  readonly interval: Interval
  readonly now: Date
  readonly name: string
}

/** What is left out for want of rights; a Fault where what is asked for cannot be seen without them. Asks nothing where nothing is needed. */
export async function lacksOf(shopify: Shopify, request: RightsRequest): Promise<readonly Lack[]> {
  const { needs, interval, now } = request
  const needed = needs.filter(({ days }) => days === undefined || isOlder(interval.from, days, now))
  if (needed.length === 0) return []
  const { currentAppInstallation } = await shopify.data(askScopes)
  const granted = new Set(currentAppInstallation.accessScopes.map(({ handle }) => handle))
  const missing = needed.filter(({ scope }) => !granted.has(scope))
  const blind = missing.find(({ days }) => days !== undefined)
  if (blind !== undefined) throw unseen(shopify.where, request, blind)
  return missing.map(({ scope, fields = [] }) => ({ scope, fields }))
}

const isOlder = (from: string, days: number, now: Date): boolean => Date.parse(from) < now.getTime() - days * dayMs

/** The columns that a lack leaves empty, and the contracts of which nothing comes. */
export const columnsWithout = ({ claims, below = {} }: Lines, fields: readonly string[]): readonly string[] => [
  ...claims.flatMap(({ contract, fields: paths }) =>
    Object.entries(paths)
      .filter(([, path]) => fields.some(field => path === field || path.startsWith(`${field}.`)))
      .map(([column]) => `${contract.name}.${column}`),
  ),
  ...fields.flatMap(field => {
    const lost = below[field]
    return lost === undefined ? [] : [...new Set(claimsOf(lost).map(({ contract }) => contract.name))]
  }),
]

const unseen = (where: string, { name, interval }: RightsRequest, { scope, days }: Need): Fault =>
  new Fault({
    what: `without the access scope ${scope} Shopify shows ${name} of the last ${days} days only, and the interval begins at ${interval.from.slice(0, 10)}`,
    where,
    hint: `Ask Shopify for ${scope} and install the app again; or let the connection begin later (\`since\`). Nothing was taken for empty.`,
    retry: 'never',
  })
