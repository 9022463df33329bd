import { dayStarts, ordersOn, placedAt, today } from './calendar.ts'
import type { Shop } from './shops.ts'
import { days, historyDays, historyStart, isoOf, nowOf, type World } from './world.ts'

/** The ways in which an order is made bad, in the order in which they are planted, one a day of the history's middle. */
export const badKinds = [
  'naive',
  'offset',
  'shipped_before',
  'refund_above',
  'current_above',
  'currency',
  'postcode',
  'number',
  'line_sku',
  'transaction_kind',
] as const
export type BadKind = (typeof badKinds)[number]

export interface BadOrder {
  readonly kind: BadKind
  readonly placed: number
  /** When it was put right, if it was. */
  readonly corrected: number | undefined
}

/** The contract's object and column that each kind breaks. */
export const brokenBy: Readonly<
  Record<BadKind, { readonly object: string; readonly column: string; readonly why: string }>
> = {
  naive: { object: 'order', column: 'ordered_at', why: 'a timestamp without a zone' },
  offset: { object: 'order', column: 'ordered_at', why: 'a timestamp with a local offset' },
  shipped_before: { object: 'order', column: 'shipped_at, ordered_at', why: 'shipped before it was ordered' },
  refund_above: { object: 'order', column: 'total_refunded, total_received', why: 'more refunded than received' },
  current_above: { object: 'order', column: 'current_total, total', why: 'current total above total' },
  currency: { object: 'order', column: 'currency', why: 'no ISO 4217 code' },
  postcode: { object: 'order', column: 'ship_postcode, ship_country', why: 'a postcode that its country does not use' },
  number: { object: 'order', column: 'total', why: 'an amount as a JSON number' },
  line_sku: { object: 'order_line', column: 'sku', why: 'a malformed SKU' },
  transaction_kind: { object: 'transaction', column: 'kind', why: 'a kind that does not exist' },
}

/** The first order of a planted day: day 20 and on holds the bad kinds, one a day; each later day of the world plants one more. */
export const badDay = 20

export function badOrderAt(
  world: World,
  shop: Shop,
  { index, placed }: { readonly index: number; readonly placed: number },
): BadOrder | undefined {
  const day = Math.floor((placed - historyStart) / days(1))
  if (index !== firstOf(world, shop, day)) return undefined
  const kind =
    day >= badDay && day < badDay + badKinds.length
      ? badKinds[day - badDay]
      : day >= historyDays
        ? badKinds[2 + (day % 6)]
        : undefined
  if (kind === undefined) return undefined
  const corrected = kind === 'naive' && day === badDay && world.day >= 2 ? nowOf({ day: 2 }) - 3 * 3_600_000 : undefined
  return { kind, placed, corrected }
}

export const firstOf = (world: World, shop: Shop, day: number): number | undefined => dayStarts(world, shop)[day]

/** All bad orders that stand in a shop by now, with their ids. */
export function badOrders(world: World, shop: Shop): readonly (BadOrder & { readonly id: number })[] {
  const found: (BadOrder & { id: number })[] = []
  for (let day = badDay; day <= today(world); day += 1) {
    const index = firstOf(world, shop, day)
    if (index === undefined) continue
    const placed = placedAt(world.seed, shop, { day, n: 0, count: ordersOn(world, shop, day) })
    const bad = placed <= nowOf(world) ? badOrderAt(world, shop, { index, placed }) : undefined
    if (bad !== undefined && bad.corrected === undefined) found.push({ ...bad, id: shop.idBase + index })
  }
  return found
}

type Node = Record<string, unknown>
const withAmount = (node: Node, key: string, amount: unknown): Node => ({
  ...node,
  [key]: { shopMoney: { ...(node[key] as { shopMoney: Node }).shopMoney, amount }, presentmentMoney: null },
})

/** The order as it is shown once it has been made bad. */
export function spoil(node: Node, { kind, placed, corrected }: BadOrder): Node {
  if (corrected !== undefined) return node
  const local = isoOf(placed).slice(0, 19)
  switch (kind) {
    case 'naive':
      return { ...node, processedAt: local }
    case 'offset':
      return { ...node, processedAt: `${local}+02:00` }
    case 'shipped_before':
      return {
        ...node,
        fulfillments: [
          {
            id: 'gid://shopify/Fulfillment/1',
            name: '',
            status: 'SUCCESS',
            displayStatus: 'FULFILLED',
            totalQuantity: 1,
            createdAt: isoOf(placed - days(1)),
            updatedAt: isoOf(placed),
            deliveredAt: null,
            trackingInfo: [],
          },
        ],
      }
    case 'refund_above':
      return withAmount(node, 'totalRefundedSet', '99999.0')
    case 'current_above':
      return withAmount(node, 'currentTotalPriceSet', '99999.0')
    case 'currency':
      return { ...node, currencyCode: 'EURO' }
    case 'postcode':
      return { ...node, shippingAddress: { countryCodeV2: 'DE', zip: 'ABC', city: 'Hamburg', provinceCode: null } }
    case 'number':
      return withAmount(node, 'totalPriceSet', 12.5)
    case 'line_sku':
      return {
        ...node,
        lineItems: (node.lineItems as Node[]).map((line, n) => (n === 0 ? { ...line, sku: 'bad sku!' } : line)),
      }
    case 'transaction_kind':
      return {
        ...node,
        transactions: (node.transactions as Node[]).map((each, n) => (n === 0 ? { ...each, kind: 'SWAP' } : each)),
      }
  }
}
