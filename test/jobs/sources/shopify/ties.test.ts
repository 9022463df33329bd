import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Lines } from '../../../../jobs/sources/shopify/bulk-query.ts'
import type { BulkObject } from '../../../../jobs/sources/shopify/object.ts'
import { orders } from '../../../../jobs/sources/shopify/orders.ts'
import { filterOf, sliceOf, sliceSince } from '../../../../jobs/sources/shopify/slice.ts'
import { lineRecord, orderRecord } from '../../gate/orders.ts'
import { type ShopNights, shopNights } from './shop-nights.ts'

/** The orders and their lines; what else hangs on an order is read in the same way, and would only take time. */
const { lineItems } = orders.below as { readonly lineItems: Lines }
const read: BulkObject = {
  ...orders,
  claims: orders.claims.slice(0, 1),
  below: { lineItems: { claims: lineItems.claims.slice(0, 1) } },
}

/** A change of an order. The shop keeps its instant to the millisecond, shows it to the second, and finds it by its index only later. */
interface Change {
  readonly order: number
  readonly at: number
  readonly lagMs?: number
}

let changes: Change[]
/** The shop's clock, which is right. */
let time: number
let nights: ShopNights
beforeEach(async () => {
  changes = []
  nights = await shopNights([read], filter =>
    ordersAt(time)
      .filter(({ order }) => matches(filter, indexed(order)))
      .flatMap(change => [recordOf(change), lineRecord(change.order)]),
  )
})
afterEach(() => nights.end())

const second = 1_000
const minute = 60 * second
const day = 24 * 60 * minute
const boundary = Date.parse('2026-06-29T02:00:00.700Z')
const shown = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`

/** The orders as they stand at a time, the last changed first. */
const ordersAt = (until: number): readonly Change[] =>
  [...new Map(changes.filter(({ at }) => at <= until).map(change => [change.order, change])).values()].sort(
    (a, b) => b.at - a.at,
  )

/** The last change of an order that the index shows. */
const indexed = (order: number): number | undefined =>
  changes.findLast(change => change.order === order && change.at + (change.lagMs ?? 0) <= time)?.at

/** Shopify's comparisons as they are from 2026-10 on, where `>` leaves out the whole second. */
function matches(filter: string, at: number | undefined): boolean {
  const terms = [...filter.matchAll(/updated_at:(>=|>|<=|<)'([^']+)'/g)]
  return terms.every(([, sign, text = '']) => {
    const bound = Date.parse(text)
    if (at === undefined) return false
    if (sign === '>=') return at >= bound
    if (sign === '>') return at >= bound + second
    return sign === '<' ? at < bound : at < bound + second
  })
}

const recordOf = ({ order, at }: Change): object => ({
  ...orderRecord(order),
  customer: null,
  name: `#${changes.filter(each => each.order === order && each.at <= at).length}`,
  updatedAt: shown(at),
})

/** Lets the shop's time come, and the house read by a clock that is so far off. */
async function night(at: number, skew = 0): Promise<number | undefined> {
  time = at
  return (await nights.night(read.name, new Date(at + skew)))?.counts.in
}

const standing = (): Promise<readonly string[]> =>
  nights.rows(
    `select order_id, name, strftime(updated_at, '%Y-%m-%dT%H:%M:%SZ') from raw.storefront_order order by all`,
  )
const truth = (): readonly string[] =>
  ordersAt(time)
    .map(change => recordOf(change) as { readonly id: string; readonly name: string; readonly updatedAt: string })
    .map(({ id, name, updatedAt }) => `${id} ${name} ${updatedAt}`)
    .sort()

/** Nothing is lost, and neither an order nor what is below it stands twice. */
async function expectWhole(): Promise<void> {
  expect(await standing()).toEqual(truth())
  const lines = await nights.rows('select order_id from raw.storefront_order_line order by all')
  expect(lines).toEqual([...new Set(lines)])
  expect(lines).toHaveLength(truth().length)
}

describe('records at the edge between two intervals', () => {
  it('that share its very instant are read in both and stand once (sling#36; airbyte#4923)', async () => {
    changes = [1, 2, 3].map(order => ({ order, at: boundary }))
    changes.push(...[4, 5].map(order => ({ order, at: boundary, lagMs: 2 * minute })))
    expect(await night(boundary)).toBe(6)
    expect(await night(boundary + day)).toBe(10)
    await expectWhole()
    expect(await night(boundary + 2 * day)).toBe(0)
    await expectWhole()
  })

  it('that share the instant at which the next interval begins to read are in it (sling#471)', async () => {
    const begins = Math.floor(boundary / second) * second - 20 * minute
    changes = [0, 300, 800].map((ms, n) => ({ order: n + 1, at: begins + ms, lagMs: 20 * minute + second }))
    expect(await night(boundary)).toBe(0)
    expect(await night(boundary + day)).toBe(6)
    await expectWhole()
    expect(await night(boundary + 2 * day)).toBe(0)
    await expectWhole()
  })

  it('that change twice within one second stand as they were last, though both changes bear one instant (sling#307)', async () => {
    changes = [1, 2, 3].map(order => ({ order, at: boundary - 400 }))
    await night(boundary)
    changes.push({ order: 3, at: boundary + 100 })
    expect(shown(boundary + 100)).toBe(shown(boundary - 400))
    await night(boundary + day)
    await expectWhole()
    expect(await standing()).toContain(`gid://shopify/Order/3 #2 ${shown(boundary)}`)
  })

  it('whose change the index shows up to twenty minutes later are all found, each once (dlt#1062)', async () => {
    let order = 0
    for (let before = -40; before <= 5; before += 1)
      for (const lag of [0, 1.5, 10, 20])
        changes.push({ order: ++order, at: boundary + before * minute, lagMs: lag * minute })
    await night(boundary)
    expect((await standing()).length).toBeLessThan(order)
    await night(boundary + day)
    await expectWhole()
  })
})

it('a list that is compared by the day gives every change since the interval began, in whichever time zone the shop counts days', () => {
  const [from, hour] = [Date.parse('2026-06-29T00:00:00Z'), 60 * minute]
  for (let began = from; began < from + day; began += hour)
    for (let zone = -12; zone <= 14; zone += 1) {
      const slice = sliceSince('day', new Date(began).toISOString())
      const changed = new Date(began + zone * hour).toISOString().slice(0, 10)
      expect(changed >= (/'(.*)'/.exec(filterOf('day', slice) ?? '')?.[1] ?? '')).toBe(true)
    }
})

describe('a clock that is ten minutes off', () => {
  const off = 10 * minute
  it.each([
    ['fast', [off, off, off]],
    ['slow', [-off, -off, -off]],
    ['fast and then slow', [off, -off, off]],
  ] as const)('loses no change over three intervals, and brings none twice, where it is %s', async (_, skews) => {
    const ends = skews.map((_, n) => boundary + n * day)
    let order = 0
    for (const end of ends.slice(0, 2))
      for (let around = -40; around <= 40; around += 1)
        for (const lag of [0, 2, 10]) changes.push({ order: ++order, at: end + around * minute, lagMs: lag * minute })
    changes.sort((a, b) => a.at - b.at)
    for (const [n, end] of ends.entries()) await night(end, skews[n])
    await expectWhole()
  })

  it('loses no change where it is set back beyond the end of an interval: nothing is due until it has passed that', async () => {
    changes = Array.from({ length: 90 }, (_, n) => ({ order: n + 1, at: boundary + (n - 30) * minute, lagMs: minute }))
    await night(boundary, off)
    expect(await night(boundary + 5 * minute)).toBeUndefined()
    await night(boundary + 90 * minute)
    await expectWhole()
  })
})

it.each([
  ['second', "updated_at:>='2026-06-09T22:00:00Z' AND updated_at:<'2026-06-10T22:00:00Z'"],
  ['day', "updated_at:>='2026-06-08' AND updated_at:<'2026-06-11'"],
  ['none', undefined],
] as const)('a day of the past is asked for by its %s up to its end, and nothing that came later', (clock, filter) => {
  const interval = { from: '2026-06-09T22:00:00.000000Z', to: '2026-06-10T22:00:00.000000Z' }
  expect(filterOf(clock, sliceOf(clock, interval))).toBe(filter)
})
