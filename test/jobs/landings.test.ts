import { existsSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { extract } from '../../jobs/extract.ts'
import type { Report, Step } from '../../jobs/job.ts'
import { type Keeping, keepingOf } from '../../jobs/kept.ts'
import { folderOf } from '../../jobs/landing.ts'
import { forgetLandings, landedBefore, landings } from '../../jobs/landings.ts'
import { load } from '../../jobs/load.ts'
import { contractsOf } from '../../jobs/load-parts.ts'
import type { Source } from '../../jobs/sources/source.ts'
import { rawRelation } from '../../models/warehouse/raw.ts'
import { type Bucket, serveBucket } from '../../sandbox/s3.ts'
import { orderRecord, plainClaims } from './gate/orders.ts'
import { connection, type TestRoom, testRoom } from './room.ts'

let delivered: readonly Uint8Array[] = []
let asked = 0

const source: Source = {
  name: 'shopify',
  objects: [
    {
      name: 'orders',
      format: 'ndjson',
      claims: plainClaims,
      overlapMs: 0,
      changeSignal: 'none',
      async *extract(_, { land }) {
        asked += 1
        yield {
          landed: await land(
            'orders.jsonl',
            (async function* () {
              yield* delivered
            })(),
          ),
          promised: {},
        }
      },
    },
  ],
  check: async () => ({ account: 'north' }),
}
const scope = { connection: 'north', pipeline: 'orders' }
const day = (n: number): { from: string; to: string } => ({
  from: `2026-06-${10 + n}T02:00:00.000000Z`,
  to: `2026-06-${11 + n}T02:00:00.000000Z`,
})
const order = (n: number, more: object = {}): Uint8Array =>
  Buffer.from(`${JSON.stringify({ ...orderRecord(n), ...more })}\n`)
const step = (job: string, n: number, again?: string): Step => ({
  id: job,
  job,
  args: { ...scope, interval: day(n), closes: true, ...(again === undefined ? {} : { again }) },
  after: [],
  writes: job === 'load' ? contractsOf(plainClaims).map(rawRelation) : [],
  risk: 'financial',
})
async function night(room: TestRoom, n: number, ...records: readonly Uint8Array[]): Promise<Report> {
  delivered = records
  await extract.run(room, step('extract', n))
  return load.run(room, step('load', n))
}
const folder = (room: TestRoom, n: number): string =>
  folderOf({ landing: room.environment.landing, ...scope, interval: day(n) })
const keeping = (room: TestRoom): Promise<Keeping> => keepingOf(room, room.environment)
const orderIds = async (room: TestRoom): Promise<readonly unknown[]> =>
  (await room.opened.query({ sql: 'select legacy_id from raw.storefront_order order by legacy_id' })).map(
    row => row.legacy_id,
  )

const keys = { accessKey: 'AKIDEXAMPLE', secretKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const rooms: TestRoom[] = []
let bucket: Bucket
beforeEach(async () => {
  asked = 0
  bucket = await serveBucket('landings', { ...keys, page: 7 })
})
afterEach(async () => {
  for (const room of rooms.splice(0)) await room.end()
  await bucket.close()
})

/** A machine with a disk and a warehouse of its own; with `at`, its landings are kept in the bucket. */
async function machine(at?: Bucket, more: { readonly keepDays?: number } = {}): Promise<TestRoom> {
  const room = await testRoom({ catalogue: { sources: [source] }, connections: [connection('north')] })
  rooms.push(room)
  const address = `s3://landings/of the/house?endpoint=${at?.url}&pathStyle=true`
  const kept = at === undefined ? {} : { bucket: { address, secrets: keys } }
  return { ...room, environment: { ...room.environment, ...kept, ...more } }
}

describe.each([
  ['in a folder', () => undefined],
  ['in a bucket', () => bucket],
])('landings that are kept %s', (_, at) => {
  it('stay for as long as the environment says, and no longer', async () => {
    const room = await machine(at(), { keepDays: 18 })
    const kept = async (): Promise<readonly string[]> =>
      (await landings(await keeping(room), scope)).map(({ interval }) => interval.to.slice(0, 10))
    for (const n of [0, 1, 2]) await night(room, n, order(n + 1))
    expect(await kept()).toEqual(['2026-06-13'])
    await night(room, 3, order(4))
    expect(await kept()).toEqual(['2026-06-13', '2026-06-14'])
    expect(await orderIds(room)).toEqual(['1', '2', '3', '4'])
  })

  it('have a place of their own where a person asked once more, and stay from then on', async () => {
    const room = await machine(at(), { keepDays: 18 })
    await night(room, 3, order(1))
    const asking = (job: 'extract' | 'load') => ({
      ...step(job, 3),
      args: { ...scope, interval: day(3), asked: room.now().toISOString().replace('Z', '000Z') },
    })
    delivered = [order(2)]
    await extract.run(room, asking('extract'))
    expect(await load.run(room, asking('load'))).toMatchObject({ counts: { in: 1 } })
    expect(await orderIds(room)).toEqual(['1', '2'])
    const all = await landings(await keeping(room), scope)
    expect(all.map(({ asked: once }) => once !== undefined)).toEqual([false, true])
    await forgetLandings(await keeping(room), { ...scope, before: day(3).to.replace('T02', 'T03'), manifests: false })
    expect((await landings(await keeping(room), scope)).map(({ asked: once }) => once !== undefined)).toEqual([true])
    const rows = await room.opened.query({ sql: 'select asked is null as night from ops.loads order by night' })
    expect(rows.map(row => row.night)).toEqual([false, true])
  })

  it('are loaded before they go, however old their interval is', async () => {
    const room = await machine(at(), { keepDays: 1 })
    expect(await night(room, 0, order(1))).toMatchObject({ counts: { in: 1 } })
    expect(await orderIds(room)).toEqual(['1'])
  })

  it('are still known to a source that must know what has landed, when their bytes are gone', async () => {
    const room = await machine(at())
    await night(room, 0, order(1))
    const before = '2026-06-30T00:00:00.000000Z'
    await forgetLandings(await keeping(room), { ...scope, before, manifests: true })
    expect(await landings(await keeping(room), scope)).toEqual([])
    const known = await landedBefore(await keeping(room), { ...scope, interval: day(1) })
    expect(known.map(({ name }) => name)).toEqual(['orders.jsonl'])
    expect(existsSync(join(folder(room, 0), 'orders.jsonl'))).toBe(false)
    expect(bucket.keys().filter(key => key.endsWith('.jsonl'))).toEqual([])
  })

  it('that reach into an interval are not known to it: they may never have been loaded', async () => {
    const room = await machine(at())
    await night(room, 0, order(1))
    await night(room, 1, order(2))
    const known = async (from: string) =>
      landedBefore(await keeping(room), { ...scope, interval: { from, to: day(5).to } })
    const manifests = await landings(await keeping(room), scope)
    expect(await known(day(2).from)).toEqual(manifests.map(({ deliveries: [delivery] }) => delivery?.landed))
    expect(manifests).toHaveLength(2)
    expect(await known(day(1).from)).toHaveLength(1)
    expect(await known(day(0).from)).toEqual([])
  })
})

describe('a landing in a bucket', () => {
  it('is loaded by another machine, and once more by a third that has never seen it, without asking the source', async () => {
    const [first, second, third] = [await machine(bucket), await machine(bucket), await machine(bucket)]
    delivered = [order(1), order(2)]
    await extract.run(first, step('extract', 0))
    expect(await load.run(second, step('load', 0))).toMatchObject({ counts: { in: 2 } })
    expect(await landings(await keeping(third), scope)).toHaveLength(1)
    await load.run(third, step('load', 0, 'replay-1'))
    expect([await orderIds(second), await orderIds(third)]).toEqual([
      ['1', '2'],
      ['1', '2'],
    ])
    expect(asked).toBe(1)
  })

  it('leaves no copy of its bytes on the machine that loaded it, and none is missing there', async () => {
    const room = await machine(bucket)
    await night(room, 0, order(1))
    expect(await readdir(folder(room, 0))).toEqual(['manifest.json'])
    await load.run(room, step('load', 0, 'replay-1'))
    expect(await orderIds(room)).toEqual(['1'])
  })

  it('counts where another machine has landed the interval meanwhile: no byte of it is written over', async () => {
    const [first, second] = [await machine(bucket), await machine(bucket)]
    delivered = [order(1, { name: '#first' })]
    await extract.run(first, step('extract', 0))
    const manifest = await readFile(join(folder(first, 0), 'manifest.json'), 'utf8')
    const hidden = bucket.keys().find(key => key.endsWith('manifest.json')) ?? ''
    bucket.remove(hidden)
    delivered = [order(1, { name: '#other' })]
    await extract.run(
      { ...second, log: event => event === 'landed' && bucket.put(hidden, Buffer.from(manifest)) },
      step('extract', 0),
    )
    expect(await readFile(join(folder(second, 0), 'manifest.json'), 'utf8')).toBe(manifest)
    expect(bucket.keys().filter(key => key.endsWith('orders.jsonl'))).toHaveLength(2)
    await load.run(second, step('load', 0))
    expect(await second.opened.query({ sql: 'select name from raw.storefront_order' })).toEqual([{ name: '#first' }])
  })

  it('that could not be put there is put there by the next try, and the source is not asked again', async () => {
    const room = await machine(bucket)
    delivered = [order(1)]
    bucket.faults([{ on: 'PUT', call: 1, do: { status: 403 } }])
    await expect(extract.run(room, step('extract', 0))).rejects.toMatchObject({
      retry: 'never',
      hint: expect.stringContaining('s3:PutObject'),
    })
    await extract.run(room, step('extract', 0))
    await load.run(await machine(bucket), step('load', 0))
    expect(asked).toBe(1)
  })

  it('whose machine died before it was there is landed anew by another', async () => {
    const [first, second] = [await machine(bucket), await machine(bucket)]
    delivered = [order(1)]
    bucket.faults([{ on: 'PUT', call: 2, do: { status: 403 } }])
    await expect(extract.run(first, step('extract', 0))).rejects.toThrow()
    delivered = [order(1), order(2)]
    await extract.run(second, step('extract', 0))
    await load.run(second, step('load', 0))
    expect(await orderIds(second)).toEqual(['1', '2'])
  })

  it('of any size is put there in parts, each asked for again where it fails, and brought back through cuts', async () => {
    const room = await machine(bucket)
    const note = 'x'.repeat(1_000_000)
    delivered = Array.from({ length: 20 }, (_, n) => order(n + 1, { note }))
    bucket.faults([
      { on: 'PUT', call: 2, do: { status: 503 } },
      { on: 'POST', call: 2, do: { status: 500 } },
    ])
    await extract.run(room, step('extract', 0))
    await rm(folder(room, 0), { recursive: true })
    bucket.faults([{ on: 'GET', call: 2, do: { cut: 9_000_000 } }])
    expect(await load.run(room, step('load', 0))).toMatchObject({ counts: { in: 20 } })
    expect(bucket.calls.filter(call => call.startsWith('PUT')).length).toBeGreaterThan(3)
  })

  it('that is changed on the machine is brought back, and one that is changed in the bucket is refused', async () => {
    const room = await machine(bucket)
    delivered = [order(1)]
    await extract.run(room, step('extract', 0))
    await writeFile(join(folder(room, 0), 'orders.jsonl'), order(7))
    await load.run(room, step('load', 0))
    expect(await orderIds(room)).toEqual(['1'])
    bucket.put(bucket.keys().find(key => key.endsWith('orders.jsonl')) ?? '', order(7))
    await expect(load.run(await machine(bucket), step('load', 0))).rejects.toMatchObject({
      retry: 'never',
      what: expect.stringContaining('another checksum'),
    })
  })

  it('for whose manifest the bucket gives something else is not taken for one, and is brought once it answers right', async () => {
    const room = await machine(bucket)
    delivered = [order(1)]
    await extract.run(room, step('extract', 0))
    const key = bucket.keys().find(each => each.endsWith('manifest.json')) ?? ''
    const right = await readFile(join(folder(room, 0), 'manifest.json'))
    const other = await machine(bucket)
    for (const wrong of ['<html>', right.toString().slice(0, 200), '{}']) {
      bucket.put(key, Buffer.from(wrong))
      await expect(load.run(other, step('load', 0))).rejects.toMatchObject({ hint: expect.stringContaining('Take') })
    }
    bucket.put(key, right)
    expect(await load.run(other, step('load', 0))).toMatchObject({ counts: { in: 1 } })
  })

  it('needs an address that is one', async () => {
    const room = await machine(bucket)
    const environment = { ...room.environment, bucket: { address: 'https://host/landings', secrets: keys } }
    await expect(extract.run({ ...room, environment }, step('extract', 0))).rejects.toMatchObject({
      retry: 'never',
      hint: expect.stringContaining('s3://bucket/prefix'),
    })
  })
})
