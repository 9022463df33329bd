import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Connection, Interval } from '../../../contracts/connection.ts'
import { Fault } from '../../../contracts/fault.ts'
import { erp } from '../../../jobs/sources/erp.ts'
import { bulkObject } from '../../../jobs/sources/shopify/object.ts'
import { bulkObjects, shopify } from '../../../jobs/sources/shopify/shopify.ts'
import type { Delivery, SourceObject } from '../../../jobs/sources/source.ts'
import { wms } from '../../../jobs/sources/wms.ts'
import { type Sandbox, startSandbox } from '../../../sandbox/command.ts'
import { connectionTo, type Outside, outside } from '../../sinks/outside.ts'
import { memoryLanding } from './land.ts'

let dir: string
let sandbox: Sandbox
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sources-'))
  sandbox = await startSandbox({ dir, orders: 600, polls: 2 })
  await sandbox.advance()
}, 60_000)
afterAll(async () => {
  await sandbox.stop()
  await rm(dir, { recursive: true, force: true })
})

const history: Interval = { from: '2026-01-01T00:00:00.000000Z', to: '2026-06-30T03:00:00.000000Z' }
const lastDay: Interval = { from: '2026-06-29T03:00:00.000000Z', to: history.to }

const [orders, customers, products, stock] = shopify.objects as readonly [
  SourceObject,
  SourceObject,
  SourceObject,
  SourceObject,
]

function north(system: 'shopify' | 'erp' | 'wms'): Connection {
  const config = sandbox.config()
  if (system !== 'shopify') return connectionTo(config[system].north, { system, secrets: {} })
  return connectionTo(config.storefronts.north.url, { secrets: { token: config.storefronts.north.token } })
}

interface Extracted {
  readonly deliveries: readonly Delivery[]
  readonly text: string
  readonly lines: readonly Readonly<Record<string, unknown>>[]
}

async function extract(object: SourceObject, interval = history, ctx: Outside = outside()): Promise<Extracted> {
  const landing = memoryLanding()
  const deliveries: Delivery[] = []
  const connection = north(object.format === 'ndjson' ? 'shopify' : object.name.startsWith('erp') ? 'erp' : 'wms')
  for await (const delivery of object.extract(ctx, { connection, interval, land: landing.land }))
    deliveries.push(delivery)
  const text = [...landing.files.values()].map(String).join('')
  const lines = object.format === 'ndjson' ? text.split('\n').filter(line => line !== '') : []
  return { deliveries, text, lines: lines.map(line => JSON.parse(line) as Readonly<Record<string, unknown>>) }
}

const kindOf = ({ id, __typename }: Readonly<Record<string, unknown>>): string =>
  String(id).split('/')[3] ?? String(__typename)
const idsOf = (lines: Extracted['lines'], kind: string): readonly string[] =>
  lines.filter(line => kindOf(line) === kind).map(({ id }) => String(id))

describe.each(
  bulkObjects
    .filter(({ rolling }) => rolling === undefined)
    .map(bulkObject)
    .map(object => ({ name: object.name, object })),
)('$name of a simulated shop', ({ object }) => {
  it('arrives as the shop counted it', async () => {
    const { deliveries, lines } = await extract(object)
    const [delivery] = deliveries
    expect(delivery?.promised).toEqual({
      records: lines.length,
      roots: lines.filter(line => line.__parentId === undefined).length,
      bytes: delivery?.landed.bytes,
    })
    expect(lines.length).toBeGreaterThan(1)
  })

  it('holds only lines of the kinds that it claims, but for the strays that were planted', async () => {
    const { lines } = await extract(object)
    const strays = new Set((await sandbox.truth()).unclaimed.map(({ id }) => id))
    const kinds = new Set(lines.filter(({ id }) => !strays.has(id)).map(kindOf))
    expect(kinds).toEqual(new Set(object.claims.map(({ kind }) => kind)))
  })

  it('comes through a throttled start, a cut download and an expired link byte for byte', async () => {
    const { text } = await extract(object)
    await sandbox.faults('storefront.north', [
      { on: 'bulkOperationRunQuery', call: 1, do: { throttled: true } },
      { on: 'download', call: 1, do: { cut: 150 } },
      { on: 'download', call: 2, do: { status: 503 } },
      { on: 'download', call: 3, do: { expire: true } },
    ])
    const again = await extract(object)
    expect(again.text).toBe(text)
  })
})

it('orders are all that were placed, and the last day’s are those that changed since it began', async () => {
  const { counts } = await sandbox.truth()
  const { lines } = await extract(orders)
  const placed = idsOf(lines, 'Order').length
  expect(placed).toBeGreaterThanOrEqual(counts['north order'] ?? 0)
  const changed = lines.filter(line => kindOf(line) === 'Order' && String(line.updatedAt) >= '2026-06-29T03:00:00Z')
  const recent = await extract(orders, lastDay)
  expect(idsOf(recent.lines, 'Order').toSorted()).toEqual(changed.map(({ id }) => String(id)).toSorted())
  expect(changed.length).toBeGreaterThan(0)
  expect(changed.length).toBeLessThan(placed)
})

it('customers of the last day are at least those that changed in it', async () => {
  const { lines } = await extract(customers)
  const changed = lines.filter(({ updatedAt }) => String(updatedAt) >= '2026-06-29T03:00:00Z').map(({ id }) => id)
  expect(idsOf((await extract(customers, lastDay)).lines, 'Customer')).toEqual(expect.arrayContaining([...changed]))
})

it('every variant names a product, and every level an item', async () => {
  const shop = await extract(products)
  const parents = new Set(idsOf(shop.lines, 'Product'))
  for (const line of shop.lines.filter(each => kindOf(each) === 'ProductVariant'))
    expect(parents).toContain(line.__parentId)
  const shelf = await extract(stock)
  const items = new Set(idsOf(shelf.lines, 'InventoryItem'))
  for (const line of shelf.lines.filter(each => kindOf(each) === 'InventoryLevel'))
    expect(items).toContain(line.__parentId)
})

describe('a bulk operation of a simulated shop', () => {
  let ctx: Outside
  let before: number
  beforeEach(async () => {
    ctx = outside()
    before = await started()
  })
  const started = async (): Promise<number> => (await sandbox.calls())['storefront.north bulkOperationRunQuery'] ?? 0

  it('that was started without an answer is found again', async () => {
    await sandbox.faults('storefront.north', [{ on: 'bulkOperationRunQuery', call: 1, do: { applyThenDrop: true } }])
    await expect(extract(orders, history, ctx)).rejects.toBeInstanceOf(Fault)
    expect((await extract(orders, history, ctx)).lines.length).toBeGreaterThan(50)
    expect((await started()) - before).toBe(1)
  })

  it('that took too long is never taken for complete: what it was asked for comes in two halves', async () => {
    const whole = await extract(orders)
    const half = await started()
    await sandbox.faults('storefront.north', [{ on: 'bulkResult', call: 1, do: { failed: 'TIMEOUT' } }])
    const { lines, deliveries } = await extract(orders, history, ctx)
    expect(lines.map(line => JSON.stringify(line)).toSorted()).toEqual(
      whole.lines.map(line => JSON.stringify(line)).toSorted(),
    )
    expect(deliveries).toHaveLength(2)
    expect((await started()) - half).toBe(3)
  })

  it('brings lines that nobody expects as they are, and counted', async () => {
    const extraLines = ['not json', '{"id":"gid:\\/\\/shopify\\/Metaobject\\/1"}']
    await sandbox.faults('storefront.north', [{ on: 'bulkResult', call: 1, do: { extraLines } }])
    const landing = memoryLanding()
    const request = { connection: north('shopify'), interval: history, land: landing.land }
    const deliveries: Delivery[] = []
    for await (const delivery of products.extract(ctx, request)) deliveries.push(delivery)
    expect(landing.files.get('products.jsonl')?.toString()).toContain(`${extraLines.join('\n')}\n`)
    expect(deliveries[0]?.promised.records).toBe(deliveries[0]?.landed.lines)
  })
})

it.each([...erp.objects, ...wms.objects])('$name arrives as its manifests say', async object => {
  const { deliveries, text } = await extract(object)
  expect(deliveries.length).toBeGreaterThan(0)
  const rows = deliveries.reduce((sum, { promised }) => sum + (promised.records ?? 0), 0)
  expect(text.split('\n').filter(line => line !== '').length).toBe(rows + deliveries.length)
  for (const { landed, promised } of deliveries)
    expect(promised).toMatchObject({ bytes: landed.bytes, sha256: landed.sha256 })
})

it.each([...erp.objects, ...wms.objects])('the header of $name has every column that is read', async object => {
  const { text } = await extract(object)
  const header = text.slice(0, text.indexOf('\n')).split(',')
  for (const claim of object.claims) expect(header).toEqual(expect.arrayContaining(Object.values(claim.fields)))
})

it('each system says who it is', async () => {
  const { storefronts } = sandbox.config()
  expect(await shopify.check(outside(), north('shopify'))).toEqual({ account: storefronts.north.shopId })
  expect(await erp.check(outside(), north('erp'))).toEqual({ account: 'north' })
  expect(await wms.check(outside(), north('wms'))).toEqual({ account: 'north' })
})
