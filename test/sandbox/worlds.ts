import { type OrderFacts, orderFacts } from '../../sandbox/orders.ts'
import { type Shop, shopNames, shops } from '../../sandbox/shops.ts'
import type { World } from '../../sandbox/world.ts'

export const always = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }
export const bothShops: readonly Shop[] = shopNames.map(name => shops[name])
export const worldOf = (orders: number, day = 1, seed = 7): World => ({ seed, orders, day })
export const allOrders = (world: World, shop: Shop): readonly OrderFacts[] => [...orderFacts(world, shop, always)]

/** One node of an answer; what is in it, a test has to say. */
export type Node = Readonly<Record<string, unknown>>
export const list = (value: unknown): readonly Node[] => value as readonly Node[]
export const cents = (bag: unknown): number => Math.round(100 * Number(amountOf(bag)))
export const amountOf = (bag: unknown): unknown =>
  (bag as { readonly shopMoney: { readonly amount: unknown } }).shopMoney.amount
