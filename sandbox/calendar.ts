import { chance } from './random.ts'
import type { Shop } from './shops.ts'
import { days, historyDays, historyStart, nowOf, type World } from './world.ts'

/** Monday first: shops sell more at the end of the week. */
const weekday = [1, 1, 1, 1, 1.1, 1.3, 1.2]

/** The last local day that is over when the first night ends falls to this share in the south: planted, for who watches volumes. */
export const plantedDrop = { shop: 'south', day: historyDays - 2, share: 0.3 } as const

/** How many orders a shop has on the n-th UTC day since the history began. */
export function ordersOn(world: World, shop: Shop, day: number): number {
  const usual = usualOrdersOn(world, shop, day)
  return shop.name === plantedDrop.shop && day === plantedDrop.day ? Math.round(usual * plantedDrop.share) : usual
}

export function usualOrdersOn({ seed, orders }: World, shop: Shop, day: number): number {
  const date = new Date(historyStart + days(day))
  const rhythm = weekday[(date.getUTCDay() + 6) % 7] as number
  const noise = 1 + (chance(seed, shop.number, day, 'volume') - 0.5) * 0.08
  return Math.max(1, Math.round(((orders * shop.share) / historyDays / 1.0857) * rhythm * noise))
}

/** The n-th UTC day that `now` lies in. */
export const today = (world: World): number => Math.floor((nowOf(world) - historyStart) / days(1))

const known = new WeakMap<World, Map<Shop, readonly number[]>>()

/** Index of the first order of each day up to now; one entry more than there are days. */
export function dayStarts(world: World, shop: Shop): readonly number[] {
  const shops = known.get(world) ?? new Map<Shop, readonly number[]>()
  known.set(world, shops)
  const found = shops.get(shop)
  if (found !== undefined) return found
  const starts = [0]
  for (let day = 0; day <= today(world); day += 1) starts.push((starts[day] as number) + ordersOn(world, shop, day))
  shops.set(shop, starts)
  return starts
}

/** When the n-th of `count` orders of a day was placed: spread over the shop's waking hours, in order. */
export function placedAt(
  seed: number,
  shop: Shop,
  { day, n, count }: { readonly day: number; readonly n: number; readonly count: number },
): number {
  const opens = shop.name === 'north' ? 6 : 12
  const span = days(1) * (shop.name === 'north' ? 15 / 24 : 11.5 / 24)
  return Math.floor(
    historyStart +
      days(day) +
      opens * 3_600_000 +
      (span * (n + 0.8 * chance(seed, shop.number, day, n, 'placed'))) / count,
  )
}
