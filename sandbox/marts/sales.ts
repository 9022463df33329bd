import { type Booked, bookedOn, invoiceId } from '../books.ts'
import { today } from '../calendar.ts'
import { gid } from '../shops.ts'
import type { World } from '../world.ts'
import {
  allShops,
  amount,
  backByLine,
  backOf,
  by,
  counting,
  grossOf,
  instant,
  instantOrNull,
  type Line,
  localDay,
  type MartRow,
  netOf,
  receivedOf,
  type Sale,
  sum,
  wholeDays,
} from './ledger.ts'

const houses = { north: { brand: 'Nordlicht', region: 'EU' }, south: { brand: 'Sundown', region: 'US' } } as const

/** What the books hold of each order by its id, but for rows that no contract allows. */
export function booksOf(world: World): ReadonlyMap<number, Booked> {
  const held = new Map<number, Booked>()
  for (const shop of allShops)
    for (let day = 0; day < today(world); day += 1)
      for (const booked of bookedOn(world, shop, { day })) held.set(booked.facts.id, booked)
  return held
}

const uninvoiced: readonly (string | undefined)[] = ['missing', 'bad_total', 'bad_date']

export function orderRows(world: World, sales: readonly Sale[]): readonly MartRow[] {
  const books = booksOf(world)
  return sales.map(sale => {
    const booked = books.get(sale.facts.id)
    return orderRow(sale, booked === undefined || uninvoiced.includes(booked.planted) ? undefined : booked)
  })
}

function orderRow({ shop, facts, order, customer, lines }: Sale, invoice: Booked | undefined): MartRow {
  const { subtotal, tax, discount, shipping, total, placed, shipped, cancelled, refunded } = facts
  return {
    connection: shop.name,
    ...houses[shop.name],
    order_uid: `${shop.name}:${facts.id}`,
    order_id: order,
    order_name: facts.name,
    customer_id: customer,
    ordered_at: instant(placed),
    shipped_at: instantOrNull(shipped),
    cancelled_at: instantOrNull(cancelled),
    is_cancelled: cancelled !== undefined,
    currency: shop.currency,
    financial_status: statusOf(facts),
    fulfillment_status: shipped === undefined ? 'UNFULFILLED' : 'FULFILLED',
    ...amounts({ subtotal, tax, discount, shipping, total }),
    ...amounts({ current_total: total - backOf(facts), received: receivedOf(facts) }),
    ...amounts({ refunded: backOf(facts), net: netOf(facts) }),
    items: lines.length,
    units: sum(lines, ({ quantity }) => quantity),
    refunds: refunded === undefined ? 0 : 1,
    last_refund_at: instantOrNull(refunded?.at),
    invoice_id: invoice === undefined ? null : invoiceId(facts),
    invoice_currency: invoice === undefined ? null : shop.currency,
    invoice_total: invoice === undefined ? null : amount(invoice.total),
    days_to_ship: shipped === undefined ? null : wholeDays(placed, shipped),
  }
}

const amounts = (cents: Readonly<Record<string, number>>): MartRow =>
  Object.fromEntries(Object.entries(cents).map(([name, value]) => [name, amount(value)]))

function statusOf(facts: Sale['facts']): string {
  if (facts.cancelled !== undefined) return 'VOIDED'
  if (facts.refunded === undefined) return 'PAID'
  return backOf(facts) === facts.total ? 'REFUNDED' : 'PARTIALLY_REFUNDED'
}

interface Moved {
  readonly sale: Sale
  readonly day: string
  readonly gross: number
  readonly refunds: number
}

/** Orders on the day of their making, refunds on theirs. */
const moved = (sales: readonly Sale[]): readonly Moved[] =>
  counting(sales).flatMap(sale => {
    const { placed, total, refunded } = sale.facts
    const made = { sale, day: localDay(placed, sale.shop), gross: total, refunds: 0 }
    return refunded === undefined
      ? [made]
      : [made, { sale, day: localDay(refunded.at, sale.shop), gross: 0, refunds: refunded.amount }]
  })

const dayRow = (all: readonly [Moved, ...Moved[]]): MartRow => {
  const made = all.filter(({ refunds }) => refunds === 0)
  const [gross, refunds] = [sum(all, each => each.gross), sum(all, each => each.refunds)]
  return {
    connection: all[0].sale.shop.name,
    day: all[0].day,
    currency: all[0].sale.shop.currency,
    orders: made.length,
    units: sum(made, ({ sale }) => sum(sale.lines, ({ quantity }) => quantity)),
    ...amounts({ gross, refunds, net: gross - refunds }),
  }
}

export const dayRows = (sales: readonly Sale[]): readonly MartRow[] =>
  by(moved(sales), ({ sale, day }) => `${sale.shop.name} ${day}`).map(dayRow)

export const marketRows = (sales: readonly Sale[]): readonly MartRow[] =>
  by(moved(sales), ({ sale, day }) => `${sale.shop.name} ${day} ${sale.country}`).map(all => ({
    ...dayRow(all),
    market: all[0].sale.country,
  }))

interface SoldLine {
  readonly sale: Sale
  readonly line: Line
}
const soldLines = (sales: readonly Sale[]): readonly SoldLine[] =>
  counting(sales).flatMap(sale => sale.lines.map(line => ({ sale, line })))

export const itemRows = (sales: readonly Sale[]): readonly MartRow[] =>
  by(soldLines(sales), ({ line }) => `${line.variant.id}`).map(itemRow)

function itemRow(all: readonly [SoldLine, ...SoldLine[]]): MartRow {
  const [{ sale, line }] = all
  const back = all.map(each => backByLine(each.sale)[each.line.n] ?? { units: 0, amount: 0 })
  const gross = sum(all, each => grossOf(each.line))
  const discounts = sum(all, each => each.line.discount)
  const refunds = sum(back, each => each.amount)
  const kept = all.filter(({ sale: { facts } }) => backOf(facts) !== facts.total)
  return {
    connection: sale.shop.name,
    item_id: gid('ProductVariant', line.variant.id),
    variant_id: gid('ProductVariant', line.variant.id),
    product_id: gid('Product', line.variant.product),
    sku: line.variant.sku,
    title: line.variant.title,
    currency: sale.shop.currency,
    orders: new Set(all.map(each => each.sale.order)).size,
    units: sum(all, each => each.line.quantity),
    kept_units: sum(kept, each => each.line.quantity),
    refunded_units: sum(back, each => each.units),
    ...amounts({ gross, discounts, refunds, net: gross - discounts - refunds }),
  }
}

export const discountRows = (sales: readonly Sale[]): readonly MartRow[] =>
  by(
    soldLines(sales).filter(({ line }) => line.discount > 0),
    ({ sale }) => sale.shop.name,
  ).map(all => {
    const placed = all.map(({ sale }) => sale.facts.placed)
    return {
      connection: all[0].sale.shop.name,
      kind: 'DiscountCodeApplication',
      name: 'WELCOME10',
      code: 'WELCOME10',
      discount_id: null,
      title: null,
      status: null,
      currency: all[0].sale.shop.currency,
      orders: new Set(all.map(({ sale }) => sale.order)).size,
      customers: new Set(all.map(({ sale }) => sale.customer)).size,
      lines: all.length,
      ...amounts({ gross: sum(all, ({ line }) => grossOf(line)), amount: sum(all, ({ line }) => line.discount) }),
      first_given_at: instant(Math.min(...placed)),
      last_given_at: instant(Math.max(...placed)),
    }
  })
