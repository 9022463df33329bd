import { attachedTo } from './attached.ts'
import { customerGid, customersOf, emailOf } from './orders.ts'
import { money } from './products.ts'
import { between, chance, pick } from './random.ts'
import type { Shop } from './shops.ts'
import { days, historyDays, historyStart, isoOf, nowOf, type World } from './world.ts'

export const badCustomer = 5
/** Deleted on the second day, with an event. */
export const goneCustomer = 7
/** Vanishes on the second day, and no event tells of it. */
const vanishedCustomer = 8
export const goneSince = nowOf({ day: 2 }) - 2 * 3_600_000

const isGone = ({ day }: World, customer: number): boolean =>
  day >= 2 && (customer === goneCustomer || customer === vanishedCustomer)

/** Customers register at an even pace: as many as belong to the history within it, and on at the same pace. */
const registered = (world: World, shop: Shop, customer: number): number =>
  Math.floor(historyStart + ((customer + 0.5) * days(historyDays)) / customersOf(world, shop))

/** Customers whose `updatedAt` lies in [from, to), as the Admin API shows them. */
export function* customers(
  world: World,
  shop: Shop,
  { from, to }: { readonly from: number; readonly to: number },
): Generator<Record<string, unknown>> {
  const pace = days(historyDays) / customersOf(world, shop)
  const first = Math.max(0, Math.floor((from - historyStart) / pace) - 2)
  for (let customer = first; ; customer += 1) {
    const at = registered(world, shop, customer)
    if (at > nowOf(world) || at >= to) return
    if (at >= from && !isGone(world, customer)) yield customerNode(world, shop, { customer, at })
  }
}

/** How many have ever registered. */
export const registeredCount = (world: World, shop: Shop): number =>
  Math.floor(((nowOf(world) - historyStart) * customersOf(world, shop)) / days(historyDays) - 0.5) + 1

/** How many are there by now. */
export const customerCount = (world: World, shop: Shop): number =>
  registeredCount(world, shop) - (world.day >= 2 ? 2 : 0)

/** The customer with this index; undefined where none has registered yet. */
export function customerAt(world: World, shop: Shop, customer: number): Record<string, unknown> | undefined {
  const at = registered(world, shop, customer)
  const exists = Number.isInteger(customer) && customer >= 0 && at <= nowOf(world) && !isGone(world, customer)
  return exists ? customerNode(world, shop, { customer, at }) : undefined
}

function customerNode(
  { seed }: World,
  shop: Shop,
  { customer, at }: { readonly customer: number; readonly at: number },
): Record<string, unknown> {
  const of = (what: string): number => chance(seed, shop.number, customer, what)
  const address = pick(shop.addresses, of('address'))
  return {
    __typename: 'Customer',
    id: customerGid(customer, shop),
    createdAt: isoOf(at),
    updatedAt: isoOf(at),
    state: of('state') < 0.5 ? 'ENABLED' : 'DISABLED',
    firstName: pick(['Ada', 'Bo', 'Cleo', 'Dan', 'Eve'], of('first')),
    lastName: pick(['Berg', 'Lund', 'Reed', 'Stone'], of('last')),
    defaultEmailAddress: {
      emailAddress: customer === badCustomer ? 'not-an-address' : emailOf(customer, shop),
      marketingState: of('marketing') < 0.4 ? 'SUBSCRIBED' : 'NOT_SUBSCRIBED',
      marketingOptInLevel: of('marketing') < 0.4 ? 'SINGLE_OPT_IN' : null,
      marketingUpdatedAt: of('marketing') < 0.4 ? isoOf(at) : null,
    },
    tags: customer % 9 === 0 ? ['vip'] : [],
    numberOfOrders: String(between(0, 9, of('orders'))),
    amountSpent: money(between(0, 90_000, of('spent')), shop),
    verifiedEmail: true,
    taxExempt: false,
    dataSaleOptOut: customer % 11 === 0,
    note: null,
    defaultAddress: {
      countryCodeV2: address.country,
      provinceCode: address.province,
      zip: address.zip(customer + 3),
      city: address.city,
      address1: `${customer + 1} Harbour Street`,
      address2: null,
      company: null,
    },
    metafields: attachedTo({ type: 'Customer', id: shop.idBase / 10 + customer, index: customer, created: at }),
  }
}
