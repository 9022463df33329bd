import { orderNode } from '../order-node.ts'
import { customerGid, type OrderFacts, orderFacts } from '../orders.ts'
import { brokenBy } from '../planted.ts'
import { gid, type Shop, shopNames, shops } from '../shops.ts'
import { days, sixDigits, type World } from '../world.ts'

/** One row of a mart as it must be: amounts and instants as text, to the last digit. */
export type MartRow = Readonly<Record<string, string | number | boolean | null>>
export type Line = OrderFacts['lines'][number] & { readonly n: number }

/** An order that is no test and that the gate lets in, with the lines that it lets in. */
export interface Sale {
  readonly shop: Shop
  readonly facts: OrderFacts
  readonly order: string
  readonly customer: string
  readonly country: string
  /** The return that its refund pays for. */
  readonly returned: Readonly<Record<string, unknown>> | undefined
  readonly lines: readonly Line[]
}

export const allShops: readonly Shop[] = shopNames.map(name => shops[name])

export function salesOf(world: World): readonly Sale[] {
  return allShops.flatMap(shop =>
    [...orderFacts(world, shop, { from: -Infinity, to: Infinity })]
      .filter(facts => !facts.test && brokenObject(facts) !== 'order')
      .map(facts => saleOf(facts, shop)),
  )
}

function saleOf(facts: OrderFacts, shop: Shop): Sale {
  const { shippingAddress, returns } = orderNode(facts, shop)
  const lines = facts.lines.map((line, n) => ({ ...line, n }))
  return {
    shop,
    facts,
    order: gid('Order', facts.id),
    customer: customerGid(facts.customer, shop),
    country: (shippingAddress as { readonly countryCodeV2: string }).countryCodeV2,
    returned: (returns as readonly Readonly<Record<string, unknown>>[])[0],
    lines: brokenObject(facts) === 'order_line' ? lines.slice(1) : lines,
  }
}

const brokenObject = ({ bad }: OrderFacts): string | undefined =>
  bad === undefined || bad.corrected !== undefined ? undefined : brokenBy[bad.kind].object

export const counting = (sales: readonly Sale[]): readonly Sale[] =>
  sales.filter(({ facts }) => facts.cancelled === undefined)

export const receivedOf = ({ cancelled, total }: OrderFacts): number => (cancelled === undefined ? total : 0)
export const backOf = ({ refunded }: OrderFacts): number => refunded?.amount ?? 0
export const netOf = (facts: OrderFacts): number => receivedOf(facts) - backOf(facts)
export const grossOf = ({ variant, quantity }: Line): number => variant.price * quantity

/** What a refund gives back line by line: all of each, or one piece of the first. */
export function backByLine({ facts: { lines, refunded, total } }: Sale): readonly { units: number; amount: number }[] {
  if (refunded === undefined) return []
  if (refunded.amount !== total) return [{ units: 1, amount: refunded.amount }]
  return lines.map(line => ({ units: line.quantity, amount: grossOf({ ...line, n: 0 }) - line.discount }))
}

/** Cents as the warehouse writes an amount. */
export const amount = (cents: number): string => `${(cents / 100).toFixed(2)}0000000`

/** So many cents by `n`, cut after four places. */
export function quotient(cents: bigint, n: number): string {
  const parts = (cents * 100n) / BigInt(n)
  const digits = String(parts < 0n ? -parts : parts).padStart(5, '0')
  return `${parts < 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}00000`
}

/** Cut to its second, as a shop tells it. */
export const second = (ms: number): number => Math.floor(ms / 1000) * 1000
export const instant = (ms: number): string => sixDigits(second(ms))
export const instantOrNull = (ms: number | undefined): string | null => (ms === undefined ? null : instant(ms))
export const wholeDays = (from: number, to: number): number => Math.floor((second(to) - second(from)) / days(1))

/** The date that a clock in the shop shows. */
export const localDay = (ms: number, { timeZone }: Shop): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(second(ms))

export const sum = <T>(all: Iterable<T>, of: (one: T) => number): number => {
  let total = 0
  for (const one of all) total += of(one)
  return total
}

/** Those of one key together, in the order in which the keys come. */
export const by = <T>(all: Iterable<T>, key: (one: T) => string): readonly (readonly [T, ...T[]])[] => [
  ...(Map.groupBy(all, key).values() as Iterable<[T, ...T[]]>),
]
