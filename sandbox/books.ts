import { dayStarts, ordersOn, placedAt, today } from './calendar.ts'
import { type OrderFacts, orderAt } from './orders.ts'
import { firstOf } from './planted.ts'
import type { Shop } from './shops.ts'
import { days, historyDays, historyStart, isoOf, nowOf, type World } from './world.ts'

/** What is planted in the books, by the day of the history whose second order it befalls. */
const planted: Readonly<Record<number, 'missing' | 'cent' | 'large' | 'bad_total' | 'bad_date' | 'bad_currency'>> = {
  5: 'missing',
  6: 'missing',
  7: 'missing',
  8: 'cent',
  9: 'large',
  10: 'bad_total',
  11: 'bad_date',
  12: 'bad_currency',
}
export type Planted = (typeof planted)[number]

/** One order of every new day gets no invoice. */
export function plantedIn(
  world: World,
  shop: Shop,
  { index, day }: { readonly index: number; readonly day: number },
): Planted | undefined {
  const what = planted[day] ?? (day >= historyDays ? 'missing' : undefined)
  if (what === undefined) return undefined
  const first = (firstOf(world, shop, day) ?? 0) + 1
  const count = ordersOn(world, shop, day)
  for (let n = 1; n < count; n += 1) {
    const candidate = orderAt(world, shop, {
      index: first + n - 1,
      placed: placedAt(world.seed, shop, { day, n, count }),
    })
    if (!candidate.test) return candidate.index === index ? what : undefined
  }
  return undefined
}

export interface Booked {
  readonly facts: OrderFacts
  readonly day: number
  readonly planted: Planted | undefined
  /** In cents. */
  readonly total: number
}

/** The orders that are invoiced at the end of a day: all but tests, in the order of their placing. */
export function* bookedOn(world: World, shop: Shop, day: number): Generator<Booked> {
  const count = ordersOn(world, shop, day)
  const start = dayStarts(world, shop)[day] ?? 0
  for (let n = 0; n < count; n += 1) {
    const facts = orderAt(world, shop, { index: start + n, placed: placedAt(world.seed, shop, { day, n, count }) })
    if (facts.test) continue
    const what = plantedIn(world, shop, { index: facts.index, day })
    const total = what === 'cent' ? facts.total + 1 : what === 'large' ? facts.total + 10_000 : facts.total
    yield { facts, day, planted: what, total }
  }
}

export const invoiceId = ({ id }: OrderFacts): string => `INV-${id}`
const plain = (amount: number): string => (amount / 100).toFixed(2)
const endOf = (day: number): number => historyStart + days(day + 1) - 60_000

/** The lines of one day's CSV files, without their headers. */
export function dayRows(
  world: World,
  shop: Shop,
  day: number,
): { readonly invoices: readonly string[]; readonly refunds: readonly string[]; readonly payments: readonly string[] } {
  const invoices: string[] = []
  const payments: string[] = []
  for (const booked of bookedOn(world, shop, day)) {
    if (booked.planted !== 'missing') invoices.push(invoiceRow(booked, shop))
    if (booked.facts.cancelled === undefined) payments.push(paymentRow(booked, shop))
  }
  return { invoices, payments, refunds: refundRows(world, shop, day) }
}

function invoiceRow({ facts, day, planted: what, total }: Booked, shop: Shop): string {
  const amount = what === 'bad_total' ? '"1.234,56"' : plain(total)
  const date = what === 'bad_date' ? '2026-02-31T00:00:00Z' : isoOf(endOf(day))
  return [
    invoiceId(facts),
    facts.id,
    facts.name,
    date,
    shop.currency,
    plain(total - facts.tax),
    plain(facts.tax),
    amount,
    facts.cancelled === undefined ? 'paid' : 'open',
  ].join(',')
}

const paymentRow = ({ facts, planted: what }: Booked, shop: Shop): string =>
  [
    `PAY-${facts.id}`,
    facts.id,
    invoiceId(facts),
    isoOf(facts.placed + 30_000),
    'card',
    what === 'bad_currency' ? 'XXQ' : shop.currency,
    plain(facts.total),
    plain(Math.round(facts.total * 0.014)),
  ].join(',')

/** Refunds are booked on the day on which the money went back. */
function refundRows(world: World, shop: Shop, day: number): readonly string[] {
  const rows: string[] = []
  for (let placed = Math.max(0, day - 10); placed <= Math.min(day, today(world)); placed += 1)
    for (const { facts } of bookedOn(world, shop, placed)) {
      const back = facts.refunded
      if (back !== undefined && back.at >= historyStart + days(day) && back.at < historyStart + days(day + 1))
        rows.push(
          [`CN-${facts.id}`, invoiceId(facts), facts.id, isoOf(back.at), shop.currency, plain(back.amount)].join(','),
        )
    }
  return rows
}

/** Orders whose invoice is missing or wrong, as far as it can be seen by now: a younger order is still on its way. */
export function bookTruth(world: World, shop: Shop): readonly Record<string, unknown>[] {
  const found: Record<string, unknown>[] = []
  for (let day = 5; day <= today(world); day += 1) {
    if (day > 12 && day < historyDays) continue
    for (const { facts, planted: what, total } of bookedOn(world, shop, day)) {
      const common = {
        shop: shop.name,
        order_id: String(facts.id),
        order_name: facts.name,
        storefront_total: plain(facts.total),
      }
      if (what === 'missing' && facts.placed < nowOf(world) - 3_600_000 - days(2))
        found.push({ ...common, kind: 'missing_in_erp', money_at_risk: plain(facts.total) })
      if (what === 'cent' || what === 'large')
        found.push({
          ...common,
          kind: 'amount_differs',
          erp_total: plain(total),
          money_at_risk: plain(total - facts.total),
        })
    }
  }
  return found
}

/** Bad rows in the books by now. */
export function bookRejects(world: World, shop: Shop): readonly Record<string, unknown>[] {
  return [10, 11, 12].flatMap(day =>
    [...bookedOn(world, shop, day)].flatMap(({ facts, planted: what }) => {
      if (what === 'bad_total')
        return [
          {
            system: 'erp',
            shop: shop.name,
            object: 'invoice',
            key: invoiceId(facts),
            column: 'total',
            why: 'a decimal comma',
          },
        ]
      if (what === 'bad_date')
        return [
          {
            system: 'erp',
            shop: shop.name,
            object: 'invoice',
            key: invoiceId(facts),
            column: 'invoiced_at',
            why: 'a day that no month has',
          },
        ]
      if (what === 'bad_currency')
        return [
          {
            system: 'erp',
            shop: shop.name,
            object: 'payment',
            key: `PAY-${facts.id}`,
            column: 'currency',
            why: 'no ISO 4217 code',
          },
        ]
      return []
    }),
  )
}
