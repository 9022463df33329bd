import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Json } from '../../../../contracts/context.ts'
import { customers } from '../../../../jobs/sources/shopify/customers.ts'
import { type BulkObject, bulkObject } from '../../../../jobs/sources/shopify/object.ts'
import { orders } from '../../../../jobs/sources/shopify/orders.ts'
import { stock } from '../../../../jobs/sources/shopify/stock.ts'
import type { Aside, Delivery, Gap } from '../../../../jobs/sources/source.ts'
import { connectionTo, type Outside, outside } from '../../../sinks/outside.ts'
import { type MemoryLanding, memoryLanding } from '../land.ts'
import { data, type ScriptedShop, scriptedShop, wordOf } from './scripted-shop.ts'

const interval = { from: '2026-06-28T02:00:00.000000Z', to: '2026-06-29T02:00:00.000000Z' }

interface Listed {
  readonly id: number
  readonly at: string
}

let shop: ScriptedShop
let ctx: Outside
let landing: MemoryLanding
let listed: Listed[]
let asides: Aside[]
beforeEach(async () => {
  shop = await scriptedShop()
  ctx = outside({ now: () => new Date('2026-06-29T02:05:00Z') })
  landing = memoryLanding()
  asides = []
  listed = Array.from({ length: 200 }, (_, n) => ({
    id: n + 1,
    at: new Date(Date.parse('2026-06-28T02:00:00Z') + n * 400_000).toISOString().replace('.000Z', 'Z'),
  }))
  shop.resultOf = query => listed.filter(each => matches(query, each)).map(lineOf)
  shop.bend = asked => {
    if (wordOf(asked) !== 'orders' && wordOf(asked) !== 'inventoryItems') return undefined
    const { query, variables } = asked.body as {
      readonly query: string
      readonly variables: { readonly filter: string }
    }
    if (!query.includes('boomerangEnds')) return undefined
    const found = inOrder(query).filter(each => matches(variables.filter, each))
    const edge = (each: Listed | undefined): Json => ({
      edges: each === undefined ? [] : [{ node: { id: gid(each.id) } }],
    })
    return data({ first: edge(found[0]), last: edge(found.at(-1)) })
  }
})
afterEach(() => shop.close())

/** Orders are listed as they were processed, unless they are asked for in another order. */
const inOrder = (query: string): readonly Listed[] =>
  query.includes('sortKey: ID') || !query.includes('orders(')
    ? listed
    : listed.toSorted((a, b) => ((a.id * 89) % 211) - ((b.id * 89) % 211))

const gid = (n: number): string => `gid://shopify/Order/${n}`
const lineOf = ({ id }: Listed): string => `{"id":"${gid(id).replaceAll('/', '\\/')}"}`

function matches(query: string, { id, at }: Listed): boolean {
  const text = query.replaceAll('\\"', '"')
  const times = [...text.matchAll(/updated_at:(>=|<)'([^']+)'/g)].every(([, sign, bound = '']) =>
    sign === '>=' ? at >= bound : at < bound,
  )
  const ids = [...text.matchAll(/id:(>=|<=)([0-9]+)/g)].every(([, sign, bound]) =>
    sign === '>=' ? id >= Number(bound) : id <= Number(bound),
  )
  return times && ids
}

/** Operations that hold one of these records fail, whatever else they hold. */
const poison = (...ids: readonly number[]): void => {
  shop.endingOf = query =>
    listed.some(each => ids.includes(each.id) && matches(query, each))
      ? {
          status: 'FAILED',
          errorCode: 'INTERNAL_SERVER_ERROR',
          partialDataUrl: `${shop.url}/result/0?signature=partial`,
        }
      : undefined
}

async function extract(object: BulkObject = orders, gaps: readonly Gap[] = []): Promise<readonly Delivery[]> {
  const deliveries: Delivery[] = []
  const request = {
    connection: connectionTo(shop.url),
    interval,
    land: landing.land,
    gaps: async () => gaps,
    setAside: (aside: Aside) => void asides.push(aside),
  }
  for await (const delivery of bulkObject(object).extract(ctx, request)) deliveries.push(delivery)
  return deliveries
}

const idsIn = (deliveries: readonly Delivery[]): readonly number[] =>
  deliveries
    .flatMap(({ landed }) => [...String(landing.files.get(landed.name)).matchAll(/Order\\\/([0-9]+)/g)])
    .map(([, n]) => Number(n))
    .toSorted((a, b) => a - b)

const gaps = (): readonly Gap[] => asides.flatMap(aside => (aside.kind === 'gap' ? [aside.gap] : []))
const all = (): readonly number[] => listed.map(({ id }) => id)

it('a failed operation is neither skipped nor asked for without end: again as it was, and only then in halves (airbyte#62499, #42973)', async () => {
  shop.endingOf = (_, nth) => (nth <= 2 ? { status: 'FAILED', errorCode: 'INTERNAL_SERVER_ERROR' } : undefined)
  const deliveries = await extract()
  expect(shop.operations.map(({ query }) => query.replace(/\n#.*/, ''))[1]).toBe(
    shop.operations[0]?.query.replace(/\n#.*/, ''),
  )
  expect(shop.operations).toHaveLength(4)
  expect(idsIn(deliveries)).toEqual(all())
})

it('an operation that took too long is not asked for again: it asks for too much', async () => {
  shop.endingOf = (_, nth) => (nth === 1 ? { status: 'FAILED', errorCode: 'TIMEOUT' } : undefined)
  expect(idsIn(await extract())).toEqual(all())
  expect(shop.operations).toHaveLength(3)
})

it('one record that no operation survives is found, everything else is landed, and it is named as a gap', async () => {
  poison(77)
  expect(idsIn(await extract())).toEqual(all().filter(id => id !== 77))
  expect(gaps()).toEqual([
    {
      id: expect.stringMatching(
        /^storefront\.orders updated_at:>='2026-06-28T10:26:40Z' AND updated_at:<'2026-06-28T10:26:41Z'/,
      ),
      slice: expect.anything(),
      why: expect.stringMatching(/^the bulk operation ended as FAILED with INTERNAL_SERVER_ERROR \(gid:/),
    },
  ])
})

it('many records with one change time are told apart by their ids (airbyte#84845)', async () => {
  listed = listed.map(({ id }) => ({ id, at: '2026-06-28T12:00:00Z' }))
  poison(150)
  expect(idsIn(await extract())).toEqual(all().filter(id => id !== 150))
  expect(gaps()[0]?.id).toContain('id:>=150 AND id:<=150')
})

it('a line below with a time of its own does not move what is read (airbyte#77005)', async () => {
  const found = shop.resultOf as (query: string) => readonly string[]
  shop.resultOf = query => [
    ...found(query),
    `{"id":"gid:\\/\\/shopify\\/LineItem\\/1","updatedAt":"2031-01-01T00:00:00Z","__parentId":"gid:\\/\\/shopify\\/Order\\/1"}`,
  ]
  shop.endingOf = (_, nth) => (nth === 1 ? { status: 'FAILED', errorCode: 'TIMEOUT' } : undefined)
  await extract()
  expect(shop.operations.map(({ query }) => /query: "(.*)"\)/.exec(query)?.[1])).toEqual([
    "updated_at:>='2026-06-28T02:00:00Z'",
    "updated_at:>='2026-06-28T02:00:00Z' AND updated_at:<'2026-06-28T14:02:30Z'",
    "updated_at:>='2026-06-28T14:02:30Z'",
  ])
})

it('a list without change times is told apart by ids alone', async () => {
  poison(3)
  expect(idsIn(await extract(stock))).toEqual(all().filter(id => id !== 3))
  expect(gaps()[0]?.id).toBe('storefront.stock id:>=3 AND id:<=3')
})

it('a list that is compared by the day is halved by the day', async () => {
  shop.endingOf = (_, nth) => (nth === 1 ? { status: 'FAILED', errorCode: 'TIMEOUT' } : undefined)
  await extract(customers)
  expect(shop.operations.map(({ query }) => /query: "(.*)"\)/.exec(query)?.[1])).toEqual([
    "updated_at:>='2026-06-27'",
    "updated_at:>='2026-06-27' AND updated_at:<'2026-06-28'",
    "updated_at:>='2026-06-28'",
  ])
})

it('a shop that fails every operation ends with gaps, not in an endless job', async () => {
  shop.ending = { status: 'FAILED', errorCode: 'INTERNAL_SERVER_ERROR' }
  shop.endingOf = () => ({ status: 'FAILED', errorCode: 'INTERNAL_SERVER_ERROR' })
  expect(await extract()).toEqual([])
  expect(gaps().length).toBeGreaterThan(0)
  expect(shop.operations.length).toBeLessThan(300)
})

it('what a failed operation left is kept beside, provisional, and is no delivery', async () => {
  poison(5)
  const deliveries = await extract()
  const partial = asides.flatMap(aside => (aside.kind === 'beside' ? [aside.landed.name] : []))
  expect(partial.length).toBeGreaterThan(0)
  expect(deliveries.map(({ landed }) => landed.name).filter(name => partial.includes(name))).toEqual([])
  expect([...landing.files.keys()]).toEqual(expect.arrayContaining(partial))
})

it('a crash between two parts does not ask for the first again', async () => {
  poison(77)
  const killed = outside({ now: ctx.now })
  const land = landing.land
  let files = 0
  landing = {
    ...landing,
    land: (name, bytes) => (++files > 4 ? Promise.reject(new Error('killed')) : land(name, bytes)),
  }
  ctx = { ...killed, resume: killed.resume }
  await expect(extract()).rejects.toThrow('killed')
  const before = shop.operations.length
  landing = { ...landing, land }
  asides = []
  const queries = shop.operations.map(({ query }) => query)
  expect(idsIn(await extract())).toEqual(all().filter(id => id !== 77))
  expect(shop.operations.slice(before).filter(({ query }) => queries.includes(query))).toEqual([])
})

it('a gap is asked for again with the next interval, and told when it is filled', async () => {
  poison(77)
  await extract()
  const left = gaps()
  poison()
  asides = []
  ctx = outside({ now: ctx.now })
  landing = memoryLanding()
  listed = listed.map(each => (each.id === 77 ? each : { ...each, at: '2026-05-01T00:00:00Z' }))
  const deliveries = await extract(orders, left)
  expect(idsIn(deliveries)).toEqual([77, 77])
  expect(asides).toEqual([{ kind: 'filled', gap: left[0]?.id }])
})

it('a gap that is read in part is left with a narrower name', async () => {
  poison(77)
  const wide: Gap = { id: 'storefront.orders wide', slice: { ids: { from: 70, to: 90 } }, why: 'FAILED' }
  listed = listed.map(each => ({ ...each, at: '2026-05-01T00:00:00Z' }))
  const deliveries = await extract(orders, [wide])
  expect([...new Set(idsIn(deliveries))]).toEqual(all().filter(id => id >= 70 && id <= 90 && id !== 77))
  expect(gaps().map(({ id }) => id)).toEqual(['storefront.orders id:>=77 AND id:<=77'])
  expect(asides.filter(({ kind }) => kind === 'filled')).toEqual([{ kind: 'filled', gap: wide.id }])
})

describe('a slice whose file is less than what was counted (airbyte#85372)', () => {
  it('with too few bytes is asked for anew, and never taken for whole', async () => {
    shop.bend = (asked, nth) => (wordOf(asked) === 'download' && nth === 1 ? { body: Buffer.alloc(0) } : undefined)
    expect(idsIn(await extract())).toEqual(all())
  })

  it('with all its bytes and too few records is asked for anew', async () => {
    const found = shop.resultOf as (query: string) => readonly string[]
    let asked = 0
    shop.resultOf = query => (++asked === 1 ? ['', ...found(query).slice(1)] : found(query))
    expect(idsIn(await extract())).toEqual(all())
    expect(shop.operations).toHaveLength(2)
  })

  it('with all its records and too few roots is asked for anew', async () => {
    shop.rootsOf = nth => (nth === 1 ? 199 : undefined)
    expect(idsIn(await extract())).toEqual(all())
    expect(shop.operations).toHaveLength(2)
  })
  it('and stays so is left open as gaps that say so, and nothing of it is taken for whole', async () => {
    shop.rootsOf = () => 1_000
    expect(await extract()).toEqual([])
    expect(gaps().length).toBeGreaterThan(0)
    for (const { why } of gaps()) expect(why).toMatch(/^Shopify counted 1000 roots, and its file holds [0-9]+ /)
  })
})
