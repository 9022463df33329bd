import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Json } from '../../../../contracts/context.ts'
import { catalogue } from '../../../../jobs/catalogue.ts'
import { extract } from '../../../../jobs/extract.ts'
import type { Report, Step } from '../../../../jobs/job.ts'
import { spoolOf } from '../../../../jobs/landing.ts'
import { load } from '../../../../jobs/load.ts'
import { events } from '../../../../jobs/sources/shopify/events.ts'
import { shopify } from '../../../../jobs/sources/shopify/shopify.ts'
import { openSpool } from '../../../../jobs/spool.ts'
import { writtenBy } from '../../../../jobs/written.ts'
import { connectionTo, type Vendor, vendor } from '../../../sinks/outside.ts'
import { lineRecord, orderRecord } from '../../gate/orders.ts'
import { type TestRoom, testRoom } from '../../room.ts'

const gid = (n: number): string => `gid://shopify/Order/${n}`

let shop: Vendor
let asked: string[][]
/** Orders as they stand, with so many lines. */
let standing: Map<string, { readonly node: Json; readonly lines: number; readonly more?: boolean }>
let room: TestRoom
let folder: string
let clock: string
beforeEach(async () => {
  asked = []
  standing = new Map()
  clock = '2026-06-30T03:00:00Z'
  shop = await vendor(({ body }) => {
    const { ids } = (body as { readonly variables: { readonly ids: string[] } }).variables
    asked.push(ids)
    return { body: { data: { nodes: ids.map(nodeOf) } } }
  })
  const made = await testRoom({
    catalogue: { contracts: catalogue.contracts, sources: [shopify] },
    connections: [connectionTo(shop.url)],
  })
  room = { ...made, now: () => new Date(clock) }
  folder = spoolOf(room.environment.landing, 'north')
  await mkdir(folder, { recursive: true })
})
afterEach(async () => {
  await room.end()
  await shop.close()
})

function nodeOf(id: string): Json {
  const found = standing.get(id)
  if (found === undefined) return null
  const n = Number(id.split('/').at(-1))
  const edges = Array.from({ length: found.lines }, (_, at) => {
    const { __parentId: _parent, ...line } = lineRecord(n)
    return { node: { ...line, id: `gid://shopify/LineItem/${n * 10 + at}` } }
  })
  return {
    ...(found.node as object),
    lineItems: { edges, pageInfo: { hasNextPage: found.more ?? false } },
    shippingLines: { edges: [], pageInfo: { hasNextPage: false } },
    returns: { edges: [], pageInfo: { hasNextPage: false } },
  } as unknown as Json
}

const holds = (
  n: number,
  { lines = 1, more = false, ...fields }: Readonly<Record<string, Json>> & { lines?: number; more?: boolean } = {},
): void => {
  standing.set(gid(n), { node: { ...orderRecord(n), ...fields } as unknown as Json, lines, more })
}

const told = (id: string, subject: string | null, more: Readonly<Record<string, Json>> = {}): string =>
  JSON.stringify({
    event: {
      id,
      topic: 'orders/updated',
      subject,
      emittedAt: '2026-06-30T02:59:50.000000Z',
      receivedAt: '2026-06-30T02:59:51.000000Z',
      attempts: 1,
      ...more,
    },
    payload: { email: 'someone@example.com' },
  })

let batches = 0
async function batch(...lines: readonly string[]): Promise<Report> {
  return load.run(room, await landed(...lines))
}

/** The step of a batch that has landed and is not loaded yet. */
async function landed(...lines: readonly string[]): Promise<Step> {
  const spool = await openSpool(folder, () => new Date('2026-06-30T02:59:51.250Z'))
  await Promise.all(lines.map(line => spool.append(line)))
  await spool.close()
  batches += 1
  const interval = { from: new Date(batches * 1000).toISOString(), to: new Date(batches * 1000 + 999).toISOString() }
  const args = { pipeline: 'storefront.events', connection: 'north', interval, closes: true }
  const writes = writtenBy(events, room.catalogue).map(({ name }) => `raw.${name.replace('.', '_')}`)
  const step: Step = { id: 'events', job: 'extract', args, after: [], writes, risk: 'financial' }
  room.token += 1
  await extract.run(room, step)
  return step
}

const rows = async (sql: string): Promise<readonly unknown[]> =>
  (await room.opened.query({ sql })).map(row => Object.values(row).join(' '))
const orderRows = (): Promise<readonly unknown[]> =>
  rows(`select legacy_id, name from raw.storefront_order where _deleted_at is null order by legacy_id`)

describe('events of a shop', () => {
  it('make what they speak of be read anew, once for all of a batch, with its lines', async () => {
    holds(1, { lines: 2 })
    holds(2)
    const report = await batch(told('event-0001', gid(1)), told('event-0002', gid(1)), told('event-0003', gid(2)))
    expect(asked).toEqual([[gid(1)], [gid(2)]])
    expect(await orderRows()).toEqual(['1 #1', '2 #2'])
    expect(await rows('select order_id, count(*) from raw.storefront_order_line group by 1 order by 1')).toEqual([
      `${gid(1)} 2`,
      `${gid(2)} 1`,
    ])
    expect(report.counts.rejected).toBe(0)
  })

  it('are remembered with their handshake, each once, however often they are delivered', async () => {
    holds(1)
    await batch(
      told('event-0001', gid(1)),
      told('event-0001', gid(1), { attempts: 2, receivedAt: '2026-06-30T02:59:51.100000Z' }),
    )
    expect(
      await rows(
        `select event_id, topic, subject_id, attempts, strftime(emitted_at, '%H:%M:%S'), strftime(received_at, '%H:%M:%S'), strftime(acknowledged_at, '%H:%M:%S') from raw.storefront_event`,
      ),
    ).toEqual([`event-0001 orders/updated ${gid(1)} 2 02:59:50 02:59:51 02:59:51`])
  })

  it('of one id that are told by several topics, or of several subjects, are each remembered', async () => {
    for (const n of [1, 2]) holds(n)
    await batch(
      told('event-0001', gid(1)),
      told('event-0001', gid(2)),
      told('event-0001', gid(1), { topic: 'orders/paid' }),
      told('event-0001', null, { topic: 'app/uninstalled' }),
    )
    expect(await rows('select topic, subject_id from raw.storefront_event order by all')).toEqual([
      'app/uninstalled ',
      `orders/paid ${gid(1)}`,
      `orders/updated ${gid(1)}`,
      `orders/updated ${gid(2)}`,
    ])
  })

  it('that come late bring what stands, and never an older version over a newer', async () => {
    holds(1, { name: '#new', updatedAt: '2026-06-20T00:00:00Z' })
    await batch(told('event-0001', gid(1)))
    holds(1, { name: '#old', updatedAt: '2026-06-10T00:00:00Z' })
    await batch(told('event-0002', gid(1), { emittedAt: '2026-06-09T00:00:00.000000Z' }))
    expect(await orderRows()).toEqual(['1 #new'])
  })

  it('of a deletion mark the record, and all below it, as gone', async () => {
    holds(1, { lines: 2 })
    await batch(told('event-0001', gid(1)))
    await batch(told('event-0002', gid(1), { topic: 'orders/delete' }))
    expect(asked).toHaveLength(1)
    expect(await orderRows()).toEqual([])
    expect(await rows(`select distinct _deleted_by from raw.storefront_order_line`)).toEqual(['event'])
  })

  it('about what is already gone bring nothing', async () => {
    const report = await batch(told('event-0001', gid(9)), told('event-0002', null, { topic: 'app/uninstalled' }))
    expect(report.counts).toMatchObject({ loaded: 2, rejected: 0 })
    expect(await orderRows()).toEqual([])
  })

  it('about an order with more lines than one page leave it to the night: half of its lines would take the others away', async () => {
    holds(1, { lines: 50, more: true })
    holds(2)
    await batch(told('event-0001', gid(1)), told('event-0002', gid(2)))
    expect(await orderRows()).toEqual(['2 #2'])
  })

  it('are taken out of the spool once they are loaded, and their payloads are never loaded', async () => {
    holds(1)
    await batch(told('event-0001', gid(1)))
    expect((await readdir(folder)).filter(name => name.endsWith('.jsonl'))).toEqual([])
    expect(await rows(`select _extra from raw.storefront_event`)).toEqual([''])
  })

  it('of any topic, and of subjects with more in their id than a number, are taken', async () => {
    const level = 'gid://shopify/InventoryLevel/24826418?inventory_item_id=808950810'
    const many = Array.from({ length: 30 }, (_, n) =>
      told(`event-1${n + 100}`, level, { topic: n % 2 === 0 ? 'inventory_levels/update' : 'customer.tags_added' }),
    )
    expect((await batch(...many)).counts).toMatchObject({ loaded: 30, rejected: 0 })
  })

  it('that are of no form, however many, do not keep the others from being loaded', async () => {
    holds(1)
    const odd = Array.from({ length: 30 }, (_, n) =>
      told(`event-2${n + 100}`, 'gid://shopify/Order/../x', { topic: '\u0000' }),
    )
    const report = await batch(...odd, told('event-0001', gid(1)))
    expect(asked).toEqual([[gid(1)]])
    expect(report.counts).toMatchObject({ rejected: 30 })
    expect(await orderRows()).toEqual(['1 #1'])
  })

  it('are not rejected because the clock was set back before they were safe', async () => {
    const report = await batch(told('event-0001', null, { receivedAt: '2026-06-30T02:59:59.000000Z' }))
    expect(report.counts).toMatchObject({ loaded: 1, rejected: 0 })
  })

  it('that were landed and never loaded are brought by the interval that takes over', async () => {
    holds(1)
    await landed(told('event-0001', gid(1)))
    await batch(told('event-0002', null, { topic: 'app/uninstalled' }))
    expect(await rows('select event_id from raw.storefront_event order by 1')).toEqual(['event-0001', 'event-0002'])
    expect(await orderRows()).toEqual(['1 #1'])
    expect((await readdir(folder)).filter(name => name.endsWith('.jsonl'))).toEqual([])
  })

  it('that were landed and not taken out, because the process died in between, are harmless', async () => {
    holds(1)
    await writeFile(join(folder, '20260630T025900.000Z-1000001.jsonl'), `${told('event-0001', gid(1))}\n`)
    await batch()
    await writeFile(join(folder, '20260630T025900.000Z-1000001.jsonl'), `${told('event-0001', gid(1))}\n`)
    await batch()
    expect(await rows('select event_id from raw.storefront_event')).toEqual(['event-0001'])
    expect(await orderRows()).toEqual(['1 #1'])
  })

  it('of which a killed process left half a line are read without it', async () => {
    holds(1)
    await writeFile(
      join(folder, 'open.part'),
      `${told('event-0001', gid(1))}\n${told('event-0002', gid(1)).slice(0, 40)}`,
    )
    await batch()
    expect(await rows('select event_id, acknowledged_at from raw.storefront_event')).toEqual(['event-0001 '])
  })
})

it('a folder for spools that is not there is no spool', async () => {
  await rm(folder, { recursive: true })
  const report = await (async () => {
    const interval = { from: '2026-06-29T00:00:00.000000Z', to: '2026-06-30T00:00:00.000000Z' }
    const args = { pipeline: 'storefront.events', connection: 'north', interval, closes: true }
    return extract.run(room, { id: 'events', job: 'extract', args, after: [], writes: [], risk: 'financial' })
  })()
  expect(report).toEqual({ counts: { in: 0 }, notes: [] })
})
