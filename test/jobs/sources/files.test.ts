import { createHash } from 'node:crypto'
import { appendFile, mkdir, mkdtemp, readFile, rm, unlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { erp } from '../../../jobs/sources/erp.ts'
import type { Delivery, ExtractRequest, Land, SourceObject } from '../../../jobs/sources/source.ts'
import { wms } from '../../../jobs/sources/wms.ts'
import { connectionTo, type Outside, outside } from '../../sinks/outside.ts'
import { judgeSource } from '../../suite/source.ts'
import { type MemoryLanding, memoryLanding } from './land.ts'

const stockObject = wms.objects[0] as SourceObject
const csv = 'sku,location,on_hand,reserved,available,counted_at\n'
const interval = { from: '2026-06-29T02:00:00.000000Z', to: '2026-06-30T02:00:00.000000Z' }
const noon = '2026-06-29T12:00:00Z'

interface Sent {
  readonly at?: string
  readonly manifest?: Readonly<Record<string, unknown>> | string | null
  readonly manifestAt?: string
}

/** Writes a file as a sender does, the manifest after it; both bear the time at which they came. */
async function send(
  name: string,
  content: string | Buffer,
  { at = noon, manifest, manifestAt = at }: Sent = {},
): Promise<void> {
  const path = join(folder, name)
  const bytes = Buffer.from(content)
  await writeFile(path, bytes)
  await utimes(path, new Date(at), new Date(at))
  if (manifest === null) return
  const told = { file: name, rows: 1, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
  const text = typeof manifest === 'string' ? manifest : JSON.stringify({ ...told, ...manifest })
  await writeFile(`${path}.manifest.json`, text)
  await utimes(`${path}.manifest.json`, new Date(manifestAt), new Date(manifestAt))
}

let folder: string
let ctx: Outside
let landing: MemoryLanding
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drop-'))
  ctx = outside()
  landing = memoryLanding()
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function extract(
  object = stockObject,
  window = interval,
  { land = landing.land, earlier }: Partial<ExtractRequest> = {},
): Promise<readonly Delivery[]> {
  const deliveries: Delivery[] = []
  const request = {
    connection: connectionTo(folder, { system: 'wms' }),
    interval: window,
    land,
    ...(earlier === undefined ? {} : { earlier }),
  }
  for await (const delivery of object.extract(ctx, request)) deliveries.push(delivery)
  return deliveries
}

const dropped = [...erp.objects, ...wms.objects]
for (const object of dropped)
  judgeSource(object, {
    gives: 'exactly',
    async open() {
      let n = 0
      return {
        connection: connectionTo(folder, { system: 'erp' }),
        async add(at) {
          n += 1
          const kind = object.name.replace(/^.*\./, '')
          await send(`${kind}-${n}.csv`, `header\nrecord ${n}\n`, { at })
          return `record ${n}`
        },
        namesIn: files => [...files.values()].flatMap(bytes => /record [0-9]+/.exec(bytes.toString())?.[0] ?? []),
        started: () => 0,
        close: async () => undefined,
      }
    },
  })

it('lands a file as it is, with what its manifest says', async () => {
  await send('stock-2026-06-29.csv', `${csv}A,B,1,0,1,2026-06-29T10:00:00Z\n`)
  const [delivery, ...more] = await extract()
  expect(more).toEqual([])
  expect(landing.files.get('stock-2026-06-29.csv')).toEqual(await readFile(join(folder, 'stock-2026-06-29.csv')))
  expect(delivery?.promised).toEqual({
    records: 1,
    bytes: delivery?.landed.bytes,
    sha256: delivery?.landed.sha256,
  })
})

it('lands the oldest file first, and those of one moment by name', async () => {
  await send('stock-b.csv', csv)
  await send('stock-a.csv', csv)
  await send('stock-z.csv', csv, { at: '2026-06-29T09:00:00Z' })
  expect((await extract()).map(({ landed }) => landed.name)).toEqual(['stock-z.csv', 'stock-a.csv', 'stock-b.csv'])
})

it('takes no file of another object, half a name, or a folder', async () => {
  await send('stock-a.csv.part', csv)
  await send('old-stock-a.csv', csv)
  await send('invoices-a.csv', csv)
  await mkdir(join(folder, 'stock-folder.csv'))
  expect(await extract()).toEqual([])
})

it('leaves a file without its manifest, and takes it in the interval in which the manifest comes', async () => {
  await send('stock-a.csv', csv, { manifest: null })
  expect(await extract()).toEqual([])
  expect(ctx.logged).toMatchObject([
    { event: 'files are waited for', facts: { by: 'manifest', files: ['stock-a.csv'] } },
  ])
  await send('stock-a.csv', csv, { manifestAt: '2026-07-03T12:00:00Z' })
  expect(await extract()).toEqual([])
  const later = { from: '2026-07-03T02:00:00.000000Z', to: '2026-07-04T02:00:00.000000Z' }
  expect(await extract(stockObject, later)).toHaveLength(1)
})

it('keeps the interval open where a manifest announces a file that is not there', async () => {
  await send('stock-a.csv', csv)
  await unlink(join(folder, 'stock-a.csv'))
  await expect(extract()).rejects.toMatchObject({ retry: 'later', what: expect.stringContaining('stock-a.csv') })
  const next = { from: interval.to, to: '2026-07-01T02:00:00.000000Z' }
  expect(await extract(stockObject, next)).toEqual([])
})

it.each([
  ['no JSON', 'not json'],
  ['no checksum', { sha256: undefined }],
  ['a count that is no number', { rows: 'many' }],
  ['the name of another file', { file: 'stock-b.csv' }],
] as const)('refuses a manifest with %s', async (_, manifest) => {
  await send('stock-a.csv', csv, { manifest })
  await expect(extract()).rejects.toMatchObject({ retry: 'later', where: join(folder, 'stock-a.csv.manifest.json') })
})

it('refuses a file that is not what its manifest says', async () => {
  await send('stock-a.csv', csv, { manifest: { sha256: '0'.repeat(64) } })
  await expect(extract()).rejects.toMatchObject({ retry: 'now', what: expect.stringContaining('checksum') })
})

it('refuses a file that grows while it is read', async () => {
  await send('stock-a.csv', csv)
  const land: Land = async (name, bytes) => {
    const landed = await landing.land(name, bytes)
    await appendFile(join(folder, name), 'one more line\n')
    return landed
  }
  await expect(extract(stockObject, interval, { land })).rejects.toMatchObject({ retry: 'now' })
})

it('refuses a file that is replaced by one of the same size while it is read', async () => {
  await send('stock-a.csv', csv)
  const land: Land = async (name, bytes) => {
    const landed = await landing.land(name, bytes)
    await send(name, csv.toUpperCase(), { at: '2026-06-29T12:00:01Z' })
    return landed
  }
  await expect(extract(stockObject, interval, { land })).rejects.toMatchObject({ retry: 'now' })
})

it.each(['a folder that is missing', 'a file in a folder’s place'])('makes %s a Fault that may pass', async place => {
  await rm(folder, { recursive: true })
  if (place.startsWith('a file')) await writeFile(folder, '')
  await expect(extract()).rejects.toMatchObject({ retry: 'later', where: folder })
  await expect(wms.check(ctx, connectionTo(folder))).rejects.toMatchObject({ where: folder })
})

it('is known by its folder’s name', async () => {
  expect(await erp.check(ctx, connectionTo(folder))).toEqual({ account: basename(folder) })
})

it('takes a file that came late with an old time, and one whose time is still to come, once', async () => {
  await send('stock-old.csv', 'a\n1\n', { at: '2026-06-20T12:00:00Z' })
  await send('stock-new.csv', 'a\n2\n', { at: '2027-01-01T00:00:00Z' })
  await send('stock-next.csv', 'a\n3\n', { at: interval.to })
  const names = (deliveries: readonly Delivery[]) => deliveries.map(({ landed }) => landed.name)
  expect(names(await extract())).toEqual([])
  const late = await extract(stockObject, interval, { earlier: async () => [] })
  expect(names(late)).toEqual(['stock-old.csv', 'stock-new.csv'])
  const landed = late.map(delivery => delivery.landed)
  expect(names(await extract(stockObject, interval, { earlier: async () => landed }))).toEqual([])
})
