import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Json } from '../../../../contracts/context.ts'
import { Fault } from '../../../../contracts/fault.ts'
import { shopify } from '../../../../jobs/sources/shopify/shopify.ts'
import type { Delivery, SourceObject } from '../../../../jobs/sources/source.ts'
import { connectionTo, type Outside, outside } from '../../../sinks/outside.ts'
import { type MemoryLanding, memoryLanding } from '../land.ts'
import { begin, busy, data, type Operation, type ScriptedShop, scriptedShop, wordOf } from './scripted-shop.ts'

const lines = Array.from({ length: 3_000 }, (_, n) => `{"id":"gid:\\/\\/shopify\\/Order\\/${n + 1}","name":"#${n}"}`)
const [orders, , , stock] = shopify.objects as readonly [SourceObject, SourceObject, SourceObject, SourceObject]
const interval = { from: '2026-06-29T02:00:00.000000Z', to: '2026-06-30T02:00:00.000000Z' }

let shop: ScriptedShop
let ctx: Outside
let landing: MemoryLanding
beforeEach(async () => {
  shop = await scriptedShop(lines)
  ctx = outside()
  landing = memoryLanding()
})
afterEach(() => shop.close())

async function extract(window = interval): Promise<readonly Delivery[]> {
  const deliveries: Delivery[] = []
  const request = { connection: connectionTo(shop.url), interval: window, land: landing.land }
  for await (const delivery of orders.extract(ctx, request)) deliveries.push(delivery)
  return deliveries
}

async function fault(window = interval): Promise<Fault> {
  const caught = await extract(window).catch((error: unknown) => error)
  expect(caught).toBeInstanceOf(Fault)
  expect((caught as Fault).message).not.toContain('signature')
  return caught as Fault
}

const saved = (): Readonly<Record<string, Json>> | undefined =>
  (ctx.memory.get('bulk') as { readonly parts: readonly { readonly operation?: Readonly<Record<string, Json>> }[] })
    .parts[0]?.operation

it('lands the result as it is and promises what Shopify counted', async () => {
  const [delivery, ...more] = await extract()
  expect(more).toEqual([])
  expect(landing.files.get('orders.jsonl')).toEqual(shop.file)
  expect(delivery?.promised).toEqual({ records: 3_000, roots: 3_000, bytes: shop.file.length })
  expect(delivery?.landed).toMatchObject({ lines: 3_000, bytes: shop.file.length })
})

it.each([interval.from, '2026-06-29T02:00:00.654321Z'])(
  'asks for all that changed since the interval began, the whole of its second included, with a quoted instant: %s (sling#307, #356, #366; dlt#1062)',
  async from => {
    await extract({ ...interval, from })
    expect(shop.operations[0]?.query).toContain(`orders(query: "updated_at:>='2026-06-29T02:00:00Z'")`)
  },
)

it('tries its filter on one record before it starts, and starts nothing where Shopify does not understand it', async () => {
  const search = [{ warnings: [{ field: 'updated_at', message: 'Invalid search field for this query.' }] }]
  shop.bend = asked =>
    wordOf(asked) === 'orders' ? { body: { data: { orders: { edges: [] } }, extensions: { search } } } : undefined
  expect((await fault()).what).toContain('Invalid search field')
  expect(shop.operations).toEqual([])
})

it('saves the id before it first looks at the operation', async () => {
  shop.bend = asked => {
    if (wordOf(asked) === 'bulkOperation') expect(saved()?.id).toBe('gid://shopify/BulkOperation/1')
    return undefined
  }
  await extract()
  expect(shop.callsOf('bulkOperation')).toBe(3)
})

it('looks ever more rarely, from 200 milliseconds to 30 seconds, and waits nine hours as well as nine seconds (airbyte#39499, #42095; estuary#2959)', async () => {
  shop.ending = {}
  shop.bend = (asked, nth) => {
    if (wordOf(asked) === 'bulkOperation' && nth === 1_100)
      Object.assign(shop.operations[0] ?? {}, { status: 'COMPLETED', url: `${shop.url}/result` })
    return undefined
  }
  await extract()
  expect(ctx.waits.slice(0, 3)).toEqual([200, 300, 450])
  expect(ctx.waits.at(-1)).toBe(30_000)
  expect(ctx.waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(9 * 3_600_000)
  expect([shop.operations.length, shop.callsOf('bulkOperationCancel')]).toEqual([1, 0])
  expect(landing.files.get('orders.jsonl')).toEqual(shop.file)
})

it('takes a running operation up after a crash and starts no second one (estuary#2959)', async () => {
  shop.bend = (asked, nth) => (wordOf(asked) === 'bulkOperation' && nth <= 4 ? { status: 503 } : undefined)
  expect((await fault()).retry).toBe('later')
  await extract()
  expect(shop.operations).toHaveLength(1)
  expect(landing.files.get('orders.jsonl')).toEqual(shop.file)
})

describe('what an attempt left that was given up', () => {
  const days = (n: number): Date => new Date(Date.parse('2026-06-30T03:00:00Z') + n * 86_400_000)
  const operationWhen = (facts: Partial<Operation>) => Object.assign(shop.operations[0] ?? {}, facts)
  beforeEach(async () => {
    shop.bend = (asked, nth) => (wordOf(asked) === 'bulkOperation' && nth <= 4 ? { status: 503 } : undefined)
    await fault()
  })
  const goOn = async (at: Date) => {
    ctx = { ...ctx, now: () => at }
    return extract()
  }

  it('is taken up within a day, and says when it was read', async () => {
    const [delivery] = await goOn(days(0.5))
    expect([shop.operations.length, delivery?.asOf]).toEqual([1, '2026-06-30T03:00:00.000000Z'])
  })

  it('is asked for anew where it has lain for longer', async () => {
    operationWhen({ status: 'COMPLETED', url: `${shop.url}/result` })
    const [delivery] = await goOn(days(3))
    expect([shop.operations.length, delivery?.asOf]).toEqual([2, '2026-07-03T03:00:00.000000Z'])
  })

  it('is taken up after days where it has ended only now, or still works', async () => {
    operationWhen({ status: 'COMPLETED', url: `${shop.url}/result`, completedAt: days(2.5).toISOString() })
    const [delivery] = await goOn(days(3))
    expect([shop.operations.length, delivery?.asOf]).toEqual([1, '2026-06-30T03:00:00.000000Z'])
    operationWhen({ status: 'RUNNING', completedAt: null, polls: 0 })
    await goOn(days(6))
    expect(shop.operations).toHaveLength(1)
  })
})

it('downloads a completed operation again after a crash in the middle of landing', async () => {
  const land = landing.land
  const request = { connection: connectionTo(shop.url), interval, land: () => Promise.reject(new Error('killed')) }
  await expect(orders.extract(ctx, request)[Symbol.asyncIterator]().next()).rejects.toThrow('killed')
  landing = { ...landing, land }
  await extract()
  expect(shop.operations).toHaveLength(1)
})

it('looks at an operation at once when an event tells that it has ended, and finds the end of one without', async () => {
  const request = { connection: connectionTo(shop.url), interval, land: landing.land }
  for await (const _ of orders.extract(ctx, { ...request, heard: async () => false }));
  expect(ctx.waits).toEqual([200, 300])
  const woken = outside()
  const told: string[] = []
  const heard = async (id: string): Promise<boolean> => told.push(id) > 0
  for await (const _ of orders.extract(woken, { ...request, heard }));
  expect(woken.waits).toEqual([])
  expect(new Set(told)).toEqual(new Set([shop.operations.at(-1)?.id]))
})

it('finds the operation again whose start was never answered', async () => {
  shop.bend = asked => {
    if (wordOf(asked) !== 'bulkOperationRunQuery' || shop.operations.length > 0) return undefined
    begin(shop, ((asked.body as { variables: { query: string } }).variables as { query: string }).query)
    return { cutAfter: 0 }
  }
  expect((await fault()).retry).toBe('later')
  expect(saved()?.id).toBeNull()
  await extract()
  expect(shop.operations).toHaveLength(1)
})

it('starts anew where the start never arrived', async () => {
  shop.bend = (asked, nth) => (wordOf(asked) === 'bulkOperationRunQuery' && nth === 1 ? { cutAfter: 0 } : undefined)
  await fault()
  await extract()
  expect(shop.operations).toHaveLength(1)
})

it('takes up nothing of another interval', async () => {
  await extract()
  await extract({ from: interval.to, to: '2026-07-01T02:00:00.000000Z' })
  expect(shop.operations).toHaveLength(2)
})

it.each([
  { from: '2026-06-28T02:00:00.000000Z', to: interval.to },
  { from: interval.from, to: '2026-07-01T02:00:00.000000Z' },
])('takes up nothing of another interval even where the query is the same', async other => {
  for (const window of [interval, other]) {
    const request = { connection: connectionTo(shop.url), interval: window, land: landing.land }
    for await (const _ of stock.extract(ctx, request));
  }
  expect(shop.operations).toHaveLength(2)
})

it('starts anew where Shopify has forgotten the operation, or it expired', async () => {
  await extract()
  shop.operations.length = 0
  await extract()
  expect(shop.operations).toHaveLength(1)
  Object.assign(shop.operations[0] ?? {}, { status: 'EXPIRED', polls: -10 })
  await extract()
  expect(shop.operations).toHaveLength(2)
})

it('waits for a slot, and leaves the operations that hold it alone (estuary#4113, #4128)', async () => {
  shop.bend = (asked, nth) => (wordOf(asked) === 'bulkOperationRunQuery' && nth <= 3 ? busy(7, 8) : undefined)
  await extract()
  expect(ctx.waits.slice(0, 3)).toEqual([1_000, 2_000, 4_000])
  expect(ctx.logged.find(({ event }) => event === 'bulk waits for a slot')?.facts.holders).toEqual([
    'gid://shopify/BulkOperation/7',
    'gid://shopify/BulkOperation/8',
  ])
  expect(shop.callsOf('bulkOperationCancel')).toBe(0)
})

it('gives up on a slot after a quarter of an hour, and names who holds it', async () => {
  shop.bend = asked => (wordOf(asked) === 'bulkOperationRunQuery' ? busy(7) : undefined)
  const found = await fault()
  expect(found.what).toContain('gid://shopify/BulkOperation/7')
  expect(found.retry).toBe('later')
  expect(ctx.waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(12 * 60_000)
})

it.each([
  ['FAILED', 'TIMEOUT'],
  ['FAILED', 'INTERNAL_SERVER_ERROR'],
  ['EXPIRED', null],
] as const)('never counts what a %s operation with %s left as complete, and starts anew', async (status, errorCode) => {
  const url = `${shop.url}/result?signature=partial`
  shop.endingOf = (_, nth) => (nth === 1 ? { status, errorCode, url } : undefined)
  const deliveries = await extract()
  expect(shop.operations.length).toBeGreaterThan(1)
  for (const { landed, promised } of deliveries) expect(promised.records).toBe(landed.lines)
})

it('asks for nothing more where the app may not read it', async () => {
  shop.ending = { status: 'FAILED', errorCode: 'ACCESS_DENIED' }
  expect(await fault()).toMatchObject({ retry: 'never', what: expect.stringContaining('ACCESS_DENIED') })
  expect(shop.operations).toHaveLength(1)
})

it('says what has to be allowed where the app may not run bulk queries at all', async () => {
  shop.bend = asked =>
    wordOf(asked) === 'bulkOperationRunQuery'
      ? { body: { errors: [{ message: 'Access denied', extensions: { code: 'ACCESS_DENIED' } }] } }
      : undefined
  expect(await fault()).toMatchObject({ retry: 'never', hint: expect.stringContaining('API access requests') })
})

it('does not fight whoever cancels its operations: once more, and then a person must look', async () => {
  shop.ending = { status: 'CANCELED', url: `${shop.url}/result` }
  expect(await fault()).toMatchObject({ retry: 'later', what: expect.stringContaining('CANCELED') })
  expect(shop.operations).toHaveLength(2)
  expect(landing.files.size).toBe(0)
})

it('lands an empty file where nothing was found, so that the counts can agree', async () => {
  await shop.close()
  shop = await scriptedShop()
  const [delivery] = await extract()
  expect(delivery?.promised).toEqual({ records: 0, roots: 0, bytes: 0 })
  expect(landing.files.get('orders.jsonl')).toEqual(Buffer.alloc(0))
})

it('does not take a missing file for nothing where records were counted', async () => {
  shop.ending = { status: 'COMPLETED', url: null }
  expect((await fault()).what).toContain('counted 3000 records')
})

it('does not start a query that Shopify refuses, and says why', async () => {
  shop.bend = asked =>
    wordOf(asked) === 'bulkOperationRunQuery'
      ? data({
          bulkOperationRunQuery: {
            bulkOperation: null,
            userErrors: [
              { code: 'INVALID', field: ['query'], message: 'Bulk queries must contain at least one connection.' },
            ],
          },
        })
      : undefined
  const found = await fault()
  expect(found.retry).toBe('never')
  expect(found.what).toContain('at least one connection')
})

it('logs no address of a result file', async () => {
  await extract()
  expect(JSON.stringify(ctx.logged)).not.toContain('signature')
})
