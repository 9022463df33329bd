import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Json } from '../../../../contracts/context.ts'
import { refund } from '../../../../contracts/storefront/refund.ts'
import { extract } from '../../../../jobs/extract.ts'
import type { Night, Report, Step } from '../../../../jobs/job.ts'
import { load } from '../../../../jobs/load.ts'
import { beneath } from '../../../../jobs/sources/shopify/beneath.ts'
import { bulkObject } from '../../../../jobs/sources/shopify/object.ts'
import { orders } from '../../../../jobs/sources/shopify/orders.ts'
import { refundLines } from '../../../../jobs/sources/shopify/refunds.ts'
import type { Source } from '../../../../jobs/sources/source.ts'
import { rawTable } from '../../../../models/warehouse/raw.ts'
import { connectionTo, type Vendor, vendor } from '../../../sinks/outside.ts'
import { type TestRoom, testRoom } from '../../room.ts'

interface Refunded {
  readonly at: string
  readonly lines: number
}

/** What stands in the shop, by the number of the refund. */
const shown = new Map<number, Refunded>()
let shop: Vendor
let room: TestRoom
/** The ids of every question, in order. */
let asked: (readonly string[])[]
const source: Source = {
  name: 'shopify',
  objects: [bulkObject(orders), beneath({ ...refundLines, aNight: 20 })],
  check: async () => ({ account: 'north' }),
}
const contracts = [...new Set(source.objects.flatMap(({ claims }) => claims.map(({ contract }) => contract)))]

beforeEach(async () => {
  shown.clear()
  asked = []
  shop = await vendor(({ body }) => {
    const { ids, id, after } = (body as unknown as { readonly variables: Variables }).variables
    asked.push(ids ?? [`${id} after ${after ?? 'nothing'}`])
    return { body: { data: ids === undefined ? { node: page(id ?? '', Number(after)) } : { nodes: ids.map(nodeOf) } } }
  })
  const catalogue = { sources: [source], contracts }
  room = await testRoom({ catalogue, connections: [connectionTo(shop.url, { since: '2026-01-01T00:00:00.000000Z' })] })
  for (const sql of rawTable(refund)) await room.opened.local.run(sql)
})
afterEach(async () => {
  await room.end()
  await shop.close()
})

interface Variables {
  readonly ids?: readonly string[]
  readonly id?: string
  readonly after?: string | null
}

const gid = (n: number): string => `gid://shopify/Refund/${n}`
const numberOf = (id: string): number => Number(id.split('/').at(-1))

function connection(n: number, { from, most }: { readonly from: number; readonly most: number }): Json {
  const count = shown.get(n)?.lines ?? 0
  const amount = { shopMoney: { amount: '1.50' } }
  const edges = Array.from({ length: Math.min(most, count - from) }, (_, at) => ({
    node: {
      id: `gid://shopify/RefundLineItem/${n * 1_000 + from + at}`,
      quantity: 1,
      restockType: 'RETURN',
      lineItem: { id: `gid://shopify/LineItem/${n}` },
      subtotalSet: amount,
      totalTaxSet: amount,
    },
  }))
  const end = from + edges.length
  return { edges, pageInfo: { hasNextPage: end < count, endCursor: String(end) } }
}

function nodeOf(id: string): Json {
  const found = shown.get(numberOf(id))
  if (found === undefined) return null
  const [order, refunded] = [{ id: `gid://shopify/Order/${numberOf(id)}` }, found.at]
  const own = { id, order, return: null, createdAt: refunded, processedAt: refunded, updatedAt: refunded }
  return { ...own, refundLineItems: connection(numberOf(id), { from: 0, most: 10 }) }
}

const page = (id: string, after: number): Json => ({
  refundLineItems: connection(numberOf(id), { from: after, most: 100 }),
})

/** Refunds as the orders' pipeline has loaded them. */
async function refunds(...numbers: readonly number[]): Promise<void> {
  for (const n of numbers) {
    const { at } = shown.get(n) ?? { at: '2026-06-01T00:00:00Z' }
    await room.opened.local.run(`delete from raw.storefront_refund where refund_id = '${gid(n)}'`)
    await room.opened.local.run(`insert into raw.storefront_refund by name select '${gid(n)}' as refund_id, 'gid://shopify/Order/${n}' as order_id,
      timestamptz '${at}' as updated_at, 1.5 as amount, 'EUR' as currency, 'north' as _connection`)
  }
}

async function night(day: number): Promise<Report> {
  const interval = { from: `2026-06-${10 + day}T02:00:00.000000Z`, to: `2026-06-${11 + day}T02:00:00.000000Z` }
  const args = { pipeline: refundLines.name, connection: 'north', interval, closes: true }
  const step = (job: string, writes: readonly string[]): Step => ({
    id: job,
    job,
    args,
    after: [],
    writes,
    risk: 'financial',
  })
  const report = await extract.run(room, step('extract', []))
  await load.run(room, step('load', ['raw.storefront_refund_detail', 'raw.storefront_refund_line']))
  return report
}

const count = async (table: string): Promise<unknown> =>
  (await room.opened.query({ sql: `select count(*) as n from raw.storefront_${table}` }))[0]?.n

describe('what stands beneath the elements of a list', () => {
  it('is asked for eight at a time, once for each refund, and not again while none changes', async () => {
    for (let n = 1; n <= 17; n += 1) shown.set(n, { at: '2026-06-01T00:00:00Z', lines: n % 3 })
    await refunds(...shown.keys())
    await night(0)
    expect(asked.map(ids => ids.length)).toEqual([8, 8, 1])
    expect(new Set(asked.flat()).size).toBe(17)
    expect([await count('refund_detail'), await count('refund_line')]).toEqual([17n, 18n])
    asked = []
    await night(1)
    expect(asked).toEqual([])
  })

  it('is read anew, as a whole set, where the refund has changed since', async () => {
    shown.set(1, { at: '2026-06-01T00:00:00Z', lines: 3 })
    shown.set(2, { at: '2026-06-01T00:00:00Z', lines: 1 })
    await refunds(1, 2)
    await night(0)
    shown.set(1, { at: '2026-06-12T00:00:00Z', lines: 1 })
    await refunds(1)
    asked = []
    await night(1)
    expect(asked).toEqual([[gid(1)]])
    expect([await count('refund_detail'), await count('refund_line')]).toEqual([2n, 2n])
  })

  it('is read page by page where there is more of it than a question for many gives (airbyte 3.5.0)', async () => {
    shown.set(1, { at: '2026-06-01T00:00:00Z', lines: 230 })
    shown.set(2, { at: '2026-06-01T00:00:00Z', lines: 10 })
    await refunds(1, 2)
    await night(0)
    expect(asked.slice(1)).toEqual([[`${gid(1)} after nothing`], [`${gid(1)} after 100`], [`${gid(1)} after 200`]])
    expect(await count('refund_line')).toBe(240n)
  })

  it('spends no more than a night may, the newest first, and says what is left', async () => {
    for (let n = 1; n <= 30; n += 1) shown.set(n, { at: `2026-05-${String(n).padStart(2, '0')}T00:00:00Z`, lines: 1 })
    await refunds(...shown.keys())
    const report = await night(0)
    expect(report.notes).toEqual(['storefront.refund_lines of north: 10 more are left to the next nights'])
    expect(asked.flat().map(numberOf)).toEqual(Array.from({ length: 20 }, (_, n) => 30 - n))
    expect((await night(1)).notes).toEqual([])
    expect(await count('refund_line')).toBe(30n)
  })

  it('of a refund that is gone is nothing, and no error', async () => {
    shown.set(2, { at: '2026-06-01T00:00:00Z', lines: 1 })
    await refunds(1, 2)
    await night(0)
    expect(await count('refund_detail')).toBe(1n)
  })

  it('is read once what it follows has been loaded in the same night', async () => {
    const interval = { from: '2026-06-10T02:00:00.000000Z', to: '2026-06-11T02:00:00.000000Z' }
    const night = { ...room, before: [], interval: () => interval } as unknown as Night
    const steps = await extract.steps(night)
    expect(steps.map(({ id, after }) => [id, after])).toEqual([
      ['extract storefront.orders north', []],
      ['extract storefront.refund_lines north', ['load storefront.orders north']],
    ])
  })
})
