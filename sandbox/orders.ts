import { dayStarts, ordersOn, placedAt, today } from './calendar.ts'
import { type BadOrder, badDay, badOrderAt } from './planted.ts'
import { type Variant, variantsOf } from './products.ts'
import { between, chance, pick } from './random.ts'
import { gid, type Shop } from './shops.ts'
import { days, historyStart, nowOf, type World } from './world.ts'

/** The facts of one order, in cents and milliseconds; what the API and the books show of it follows from these. */
export interface OrderFacts {
  readonly index: number
  readonly id: number
  readonly name: string
  readonly placed: number
  readonly customer: number
  readonly test: boolean
  readonly lines: readonly { readonly variant: Variant; readonly quantity: number; readonly discount: number }[]
  readonly subtotal: number
  readonly discount: number
  readonly shipping: number
  readonly tax: number
  readonly total: number
  readonly shipped: number | undefined
  readonly cancelled: number | undefined
  readonly refunded: { readonly at: number; readonly amount: number } | undefined
  readonly updated: number
  readonly bad: BadOrder | undefined
}

export const customersOf = ({ orders }: World, shop: Shop): number =>
  Math.max(10, Math.floor((orders * shop.share) / 3))

/** The longest that an order goes on changing after it was placed. */
const lively = days(14)

/** Orders whose `updatedAt` lies in [from, to), in order of their placing; only days that can match are visited. */
export function* orderFacts(
  world: World,
  shop: Shop,
  { from, to }: { readonly from: number; readonly to: number },
): Generator<OrderFacts> {
  const starts = dayStarts(world, shop)
  const first = Math.max(0, today(world) - Math.ceil((nowOf(world) - from + lively) / days(1)))
  const last = Math.min(today(world), Math.floor((to - historyStart) / days(1)))
  for (const day of visited(first, last)) {
    const count = ordersOn(world, shop, day)
    for (let n = 0; n < count; n += 1) {
      const placed = placedAt(world.seed, shop, { day, n, count })
      if (placed > nowOf(world)) return
      const facts = orderAt(world, shop, { index: (starts[day] as number) + n, placed })
      if (facts.updated >= from && facts.updated < to) yield facts
    }
  }
}

/** The order with this index; undefined where none has been placed yet. */
export function orderOf(world: World, shop: Shop, index: number): OrderFacts | undefined {
  const starts = dayStarts(world, shop)
  const day = starts.findLastIndex(start => start <= index)
  const first = starts[day]
  if (first === undefined || day > today(world) || !Number.isInteger(index)) return undefined
  const placed = placedAt(world.seed, shop, { day, n: index - first, count: ordersOn(world, shop, day) })
  return placed > nowOf(world) ? undefined : orderAt(world, shop, { index, placed })
}

/** The days from `first` on, and before them the one whose bad order is put right much later. */
const visited = (first: number, last: number): readonly number[] => [
  ...(badDay < first ? [badDay] : []),
  ...Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => first + n),
]

export function orderAt(
  world: World,
  shop: Shop,
  { index, placed }: { readonly index: number; readonly placed: number },
): OrderFacts {
  const of = (what: string): number => chance(world.seed, shop.number, index, what)
  const now = nowOf(world)
  const lines = linesOf(world, shop, index)
  const subtotal = lines.reduce((sum, line) => sum + line.variant.price * line.quantity - line.discount, 0)
  const discount = lines.reduce((sum, line) => sum + line.discount, 0)
  const shipping = subtotal > 10_000 ? 0 : 490
  const tax = shop.taxesIncluded
    ? Math.round(((subtotal + shipping) * shop.taxPercent) / (100 + shop.taxPercent))
    : Math.round((subtotal * shop.taxPercent) / 100)
  const total = subtotal + shipping + (shop.taxesIncluded ? 0 : tax)
  const isCancelled = of('cancelled') < 0.02
  const cancelledAt = placed + between(1, 20, of('cancelled at')) * 3_600_000
  const shippedAt = placed + days(1) + Math.floor(days(2) * of('shipped'))
  const refundAt = placed + days(3) + Math.floor(days(6) * of('refund at'))
  const cancelled = isCancelled && cancelledAt <= now ? cancelledAt : undefined
  const shipped = !isCancelled && shippedAt <= now ? shippedAt : undefined
  const amount = of('refund part') < 0.5 ? total : Math.max(1, Math.floor(total * 0.4))
  const refunded = !isCancelled && of('refund') < 0.06 && refundAt <= now ? { at: refundAt, amount } : undefined
  const bad = badOrderAt(world, shop, { index, placed })
  const updated = Math.max(placed + 60_000, cancelled ?? 0, shipped ?? 0, refunded?.at ?? 0, bad?.corrected ?? 0)
  return {
    index,
    id: shop.idBase + index,
    name: `#${1001 + index}`,
    placed,
    customer: customerOf(world, shop, index),
    test: of('test') < 0.005,
    lines,
    subtotal,
    discount,
    shipping,
    tax,
    total,
    shipped,
    cancelled,
    refunded,
    updated,
    bad,
  }
}

/** A few customers buy often, most buy seldom. */
const customerOf = (world: World, shop: Shop, index: number): number =>
  Math.floor(customersOf(world, shop) * chance(world.seed, shop.number, index, 'customer') ** 2)

function linesOf(world: World, shop: Shop, index: number): OrderFacts['lines'] {
  const variants = variantsOf(world, shop)
  const count = between(1, 4, chance(world.seed, shop.number, index, 'lines'))
  return Array.from({ length: count }, (_, n) => {
    const variant = pick(variants, chance(world.seed, shop.number, index, n, 'variant'))
    const quantity = between(1, 3, chance(world.seed, shop.number, index, n, 'quantity'))
    return {
      variant,
      quantity,
      discount: chance(world.seed, shop.number, index, n, 'discount') < 0.15 ? Math.floor(variant.price * 0.1) : 0,
    }
  })
}

export const customerGid = (customer: number, shop: Shop): string => gid('Customer', shop.idBase / 10 + customer)
/** The first customer of both shops is one person. */
export const emailOf = (customer: number, shop: Shop): string =>
  customer === 0 ? 'alex@example.com' : `${shop.name}${customer}@example.com`
