import { createHash } from 'node:crypto'
import { badCustomer, customerAt, registeredCount } from '../customers.ts'
import { emailOf } from '../orders.ts'
import type { Shop } from '../shops.ts'
import { sixDigits, type World } from '../world.ts'
import {
  allShops,
  amount,
  backOf,
  by,
  counting,
  instant,
  instantOrNull,
  localDay,
  type MartRow,
  netOf,
  quotient,
  type Sale,
  sum,
  wholeDays,
} from './ledger.ts'

/** An account that the gate lets in, with the orders that count. */
interface Account {
  readonly shop: Shop
  readonly id: string
  readonly email: string
  readonly node: Readonly<Record<string, unknown>>
  readonly orders: readonly Sale[]
}

export function accountsOf(world: World, sales: readonly Sale[]): readonly Account[] {
  const orders = Map.groupBy(counting(sales), ({ customer }) => customer)
  return allShops.flatMap(shop =>
    Array.from({ length: registeredCount(world, shop) }, (_, n) => n).flatMap(n => {
      const node = n === badCustomer ? undefined : customerAt(world, shop, n)
      if (node === undefined) return []
      const id = String(node.id)
      return [{ shop, id, email: emailOf(n, shop), node, orders: orders.get(id) ?? [] }]
    }),
  )
}

const named = ({ shop, id }: Account): MartRow => ({ connection: shop.name, customer_id: id })
const uidOf = ({ email }: Account): string => createHash('md5').update(`email:${email}`).digest('hex')
const firstOf = ({ orders }: Account): number | undefined => orders[0]?.facts.placed
const lastOf = ({ orders }: Account): number | undefined => orders.at(-1)?.facts.placed
const netSpent = ({ orders }: Account): number => sum(orders, ({ facts }) => netOf(facts))
const grossSpent = ({ orders }: Account): number => sum(orders, ({ facts }) => facts.total)
const refunded = ({ orders }: Account): number => sum(orders, ({ facts }) => backOf(facts))

export const customerRows = (accounts: readonly Account[]): readonly MartRow[] =>
  accounts.map(account => ({
    ...named(account),
    customer_uid: uidOf(account),
    seen_in_shops: new Set(accounts.filter(({ email }) => email === account.email).map(({ shop }) => shop.name)).size,
    created_at: instant(Date.parse(String(account.node.createdAt))),
    country: (account.node.defaultAddress as { readonly countryCodeV2: string }).countryCodeV2,
    currency: account.shop.currency,
    orders: account.orders.length,
    first_order_at: instantOrNull(firstOf(account)),
    last_order_at: instantOrNull(lastOf(account)),
    total_spent: amount(grossSpent(account)),
    refunded: amount(refunded(account)),
    net_spent: amount(netSpent(account)),
  }))

const recencyParts = [
  [30, 400],
  [60, 320],
  [90, 240],
  [180, 140],
  [365, 60],
] as const

export const loyaltyRows = (accounts: readonly Account[], asOf: number): readonly MartRow[] =>
  accounts.map(account => {
    const last = lastOf(account)
    const recency = last === undefined ? null : wholeDays(last, asOf)
    const recent = recency === null ? 0 : (recencyParts.find(([most]) => recency <= most)?.[1] ?? 0)
    // A step is five units of the shop's currency, in both shops.
    const spent = account.orders.length === 0 ? 0 : Math.max(0, Math.min(300, Math.floor(netSpent(account) / 500)))
    const score = recent + 30 * Math.min(account.orders.length, 10) + spent
    return {
      ...named(account),
      recency_days: recency,
      frequency: account.orders.length,
      monetary: amount(netSpent(account)),
      loyalty_score: score,
      loyalty_tier: score >= 800 ? 'platinum' : score >= 600 ? 'gold' : score >= 350 ? 'silver' : 'bronze',
      as_of: sixDigits(asOf),
    }
  })

export const valueRows = (accounts: readonly Account[], asOf: number): readonly MartRow[] =>
  accounts.map(account => {
    const [first, last, count] = [firstOf(account), lastOf(account), account.orders.length]
    const net = BigInt(netSpent(account))
    const known = first === undefined ? null : wholeDays(first, asOf)
    const quiet = last === undefined ? null : wholeDays(last, asOf)
    const isLively = known !== null && quiet !== null && quiet <= 365 && net > 0n
    return {
      ...named(account),
      customer_uid: uidOf(account),
      currency: account.shop.currency,
      orders: count,
      gross_spent: amount(grossSpent(account)),
      refunded: amount(refunded(account)),
      net_spent: amount(netSpent(account)),
      average_order: count === 0 ? null : quotient(BigInt(grossSpent(account)), count),
      average_net: count === 0 ? null : quotient(net, count),
      first_order_at: instantOrNull(first),
      last_order_at: instantOrNull(last),
      days_known: known,
      days_quiet: quiet,
      expected_value: isLively ? quotient(net * 365n, Math.max(known, 90)) : amount(0),
      as_of: sixDigits(asOf),
    }
  })

const monthOf = ({ facts, shop }: Sale): string => `${localDay(facts.placed, shop).slice(0, 7)}-01`
const monthsBetween = (from: string, to: string): number =>
  12 * (Number(to.slice(0, 4)) - Number(from.slice(0, 4))) + Number(to.slice(5, 7)) - Number(from.slice(5, 7))

export const cohortRows = (sales: readonly Sale[]): readonly MartRow[] =>
  by(counting(sales), ({ shop }) => shop.name).flatMap(ofShop => {
    const months = [...new Set(ofShop.map(monthOf))].sort()
    const people = by(ofShop, ({ customer }) => customer)
    return by(people, ([first]) => monthOf(first)).flatMap(members => cohort(members, months))
  })

function cohort(members: readonly [readonly [Sale, ...Sale[]], ...(readonly Sale[])[]], months: readonly string[]) {
  const [[first]] = members
  const since = monthOf(first)
  let soFar = 0
  return months
    .filter(month => month >= since)
    .map((month): MartRow => {
      const orders = members.flat().filter(sale => monthOf(sale) === month)
      const net = sum(orders, ({ facts }) => netOf(facts))
      soFar += net
      return {
        connection: first.shop.name,
        currency: first.shop.currency,
        cohort: since,
        months_since: monthsBetween(since, month),
        month,
        customers: members.length,
        retained: new Set(orders.map(({ customer }) => customer)).size,
        orders: orders.length,
        gross: amount(sum(orders, ({ facts }) => facts.total)),
        net: amount(net),
        net_so_far: amount(soFar),
      }
    })
}
