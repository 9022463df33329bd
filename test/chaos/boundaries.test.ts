import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Listening } from '../jobs/sources/paged-vendor.ts'
import { differences } from '../warehouses.ts'
import { count, randomOf, seed } from './counts.ts'
import type { Death } from './small/deadly.ts'
import { type SmallHouse, smallHouse, startShop } from './small/house.ts'

/** How many of the boundaries are tried, on either side; all of them in the long form. */
const tried = count(2, Number.POSITIVE_INFINITY)

describe(`a process that is killed (seed ${seed})`, { timeout: 600_000 }, () => {
  let shop: Listening
  let whole: SmallHouse
  let expected: readonly string[]
  const houses: SmallHouse[] = []
  const newHouse = (): SmallHouse => {
    const house = smallHouse(shop)
    houses.push(house)
    return house
  }
  beforeAll(async () => {
    shop = await startShop()
    whole = newHouse()
    await whole.works()
    expected = await whole.warehouse()
  }, 60_000)
  afterAll(async () => {
    for (const house of houses) house.project.remove()
    await shop.close()
  })

  test('crosses every kind of boundary on its way', async () => {
    expect(new Set(whole.crossed())).toEqual(
      new Set(['state', 'offer', 'ask', 'land', 'stage', 'apply', 'publish', 'deliver']),
    )
    expect(whole.crossed().length).toBeGreaterThan(30)
    expect(await whole.breaches()).toEqual([])
    expect(whole.pushed()).toHaveLength(40)
  })

  test('at any boundary, before it or behind it, leaves what an unbroken one leaves once another goes on', async () => {
    const all = whole.crossed().flatMap((name, n) => [
      { name, at: n + 1, side: 'before' as const },
      { name, at: n + 1, side: 'after' as const },
    ])
    const random = randomOf(seed)
    const some = all.map(each => ({ each, order: random() })).toSorted((a, b) => a.order - b.order)
    const deaths = some.slice(0, tried).map(({ each }) => each)
    const lanes = [0, 1].map(lane => deaths.filter((_, n) => n % 2 === lane))
    await Promise.all(
      lanes.map(async own => {
        for (const death of own) await diesAndGoesOn(death)
      }),
    )
  })

  async function diesAndGoesOn({ name, ...death }: Death & { readonly name: string }): Promise<void> {
    const house = newHouse()
    const where = `killed ${death.side} boundary ${death.at}, ${name}`
    expect(await house.works(death), where).toBe('SIGKILL')
    expect(await house.works(), where).toBe(null)
    expect(await house.breaches(), where).toEqual([])
    expect(differences(await house.warehouse(), expected), where).toEqual([])
    expect(house.pushed(), where).toEqual(whole.pushed())
    house.project.remove()
  }
})
