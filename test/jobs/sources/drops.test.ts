import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, unlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { wmsStock } from '../../../contracts/wms/stock.ts'
import { landFile } from '../../../jobs/landing.ts'
import { dialect } from '../../../jobs/sources/dialect.ts'
import { isOurs } from '../../../jobs/sources/drops/complete.ts'
import { type DropObject, dropObject } from '../../../jobs/sources/files.ts'
import type { Claim, Delivery, ExtractRequest, Landed } from '../../../jobs/sources/source.ts'
import { count } from '../../chaos/counts.ts'
import { connectionTo, type Outside, outside } from '../../sinks/outside.ts'

const interval = { from: '2026-06-29T02:00:00.000000Z', to: '2026-06-30T02:00:00.000000Z' }
const noon = '2026-06-29T12:00:00Z'
const before = '2026-06-29T11:00:00Z'
const after = '2026-06-29T13:00:00Z'

const claim: Claim = {
  contract: wmsStock,
  fields: Object.fromEntries(Object.keys(wmsStock.row).map(column => [column, column])),
}
const drop = (terms: Partial<DropObject>): DropObject => ({
  name: 'wms.stock',
  claim,
  match: /^stock-.*\.csv$/,
  format: 'csv',
  complete: { by: 'name' },
  ...terms,
})

let folder: string
let into: string
let ctx: Outside
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drops-'))
  into = await mkdtemp(join(tmpdir(), 'landed-'))
  ctx = outside()
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
  await rm(into, { recursive: true, force: true })
})

async function send(name: string, content: string | Uint8Array, at = noon): Promise<void> {
  const path = join(folder, name)
  await writeFile(path, content)
  await utimes(path, new Date(at), new Date(at))
}

async function extract(terms: Partial<DropObject>, more: Partial<ExtractRequest> = {}): Promise<readonly Delivery[]> {
  const object = dropObject(drop(terms))
  const deliveries: Delivery[] = []
  const land = landFile.bind(undefined, { ...object, folder: into })
  const request = { connection: connectionTo(folder, { system: 'wms' }), interval, land, ...more }
  for await (const delivery of object.extract(ctx, request)) deliveries.push(delivery)
  return deliveries
}

const names = (deliveries: readonly Delivery[]): readonly string[] => deliveries.map(({ landed }) => landed.name)
const landedAs = (name: string, content: string): Landed => ({
  name,
  bytes: Buffer.byteLength(content),
  sha256: createHash('sha256').update(content).digest('hex'),
  lines: 1,
  longest: 1,
})

it('a file that is complete by its name promises its bytes and no count', async () => {
  await send('stock-a.csv', 'sku\nA\n')
  const [delivery] = await extract({})
  expect(delivery?.promised).toEqual({ bytes: 6, sha256: delivery?.landed.sha256 })
})

describe('a marker', () => {
  const complete = { by: 'marker', ends: '.done' } as const

  it('beside a file makes it complete, in the interval in which the marker comes', async () => {
    await send('stock-a.csv', 'sku\n', '2026-06-28T12:00:00Z')
    expect(await extract({ complete })).toEqual([])
    expect(ctx.logged).toMatchObject([
      { event: 'files are waited for', facts: { by: 'marker', files: ['stock-a.csv'] } },
    ])
    await send('stock-a.csv.done', '')
    expect(names(await extract({ complete }))).toEqual(['stock-a.csv'])
  })

  it('in the place of the file’s ending does so where that is declared', async () => {
    await send('stock-a.csv', 'sku\n')
    await send('stock-a.ok', '')
    expect(names(await extract({ complete: { by: 'marker', ends: '.ok', replaces: '.csv' } }))).toEqual(['stock-a.csv'])
  })

  it('that is older than its file speaks of the one before: the new one is still being written', async () => {
    await send('stock-a.csv', 'sku\n', after)
    await send('stock-a.csv.done', '', noon)
    expect(await extract({ complete })).toEqual([])
  })

  it('without a file keeps the interval open', async () => {
    await send('stock-a.csv.done', '')
    await expect(extract({ complete })).rejects.toMatchObject({
      retry: 'later',
      what: expect.stringContaining('stock-a.csv, and no such file'),
    })
  })
})

describe('a trailer', () => {
  const terms = { complete: { by: 'trailer' }, dialect: dialect({ trailer: /END (?<rows>\d+)/ }) } as const

  it('makes a file complete, and its count is what was promised', async () => {
    await send('stock-a.csv', 'sku\nA\nB\nEND 2\n')
    const [delivery] = await extract(terms)
    expect(delivery).toMatchObject({ landed: { lines: 3, trailer: 2 }, promised: { records: 2, bytes: 14 } })
  })

  it('that is not there keeps the interval open', async () => {
    await send('stock-a.csv', 'sku\nA\n')
    await expect(extract(terms)).rejects.toMatchObject({ retry: 'later', what: expect.stringContaining('trailer') })
  })

  it('must be declared where it is agreed', () => {
    expect(() => dropObject(drop({ complete: { by: 'trailer' } }))).toThrow(TypeError)
  })
})

describe('a file that must settle', () => {
  const complete = { by: 'settled', ms: 90_000 } as const

  it('is taken when it is the same after the time', async () => {
    await send('stock-a.csv', 'sku\n')
    expect(names(await extract({ complete }))).toEqual(['stock-a.csv'])
    expect(ctx.waits).toEqual([90_000])
  })

  it.each<[string, () => Promise<unknown>]>([
    ['grows', () => send('stock-a.csv', 'sku\nmore\n')],
    ['is touched', () => send('stock-a.csv', 'sku\n', after)],
    ['is replaced', () => send('new', 'SKU\n').then(() => rename(join(folder, 'new'), join(folder, 'stock-a.csv')))],
    ['vanishes', () => unlink(join(folder, 'stock-a.csv'))],
  ])('is left alone where it %s meanwhile', async (_, change) => {
    await send('stock-a.csv', 'sku\n')
    await send('stock-b.csv', 'sku\n')
    ctx = { ...ctx, sleep: async () => void (await change()) }
    expect(names(await extract({ complete }))).toEqual(['stock-b.csv'])
    expect(ctx.logged).toMatchObject([{ facts: { files: ['stock-a.csv'] } }])
  })

  it('is not waited for where nothing is due', async () => {
    await send('stock-a.csv', 'sku\n', '2026-06-01T00:00:00Z')
    expect(await extract({ complete })).toEqual([])
    expect(ctx.waits).toEqual([])
  })
})

describe('a file that comes again', () => {
  it('with other bytes is landed again, whether it has the same size or not', async () => {
    await send('stock-a.csv', 'sku\nB\n')
    const earlier = async () => [landedAs('stock-a.csv', 'sku\nA\n')]
    expect(names(await extract({}, { earlier }))).toEqual(['stock-a.csv'])
    await send('stock-a.csv', 'sku\nA\nB\n')
    expect(names(await extract({}, { earlier }))).toEqual(['stock-a.csv'])
  })

  it('with the bytes that were landed last is skipped', async () => {
    await send('stock-a.csv', 'sku\nA\n')
    const earlier = async () => [landedAs('stock-a.csv', 'sku\nB\n'), landedAs('stock-a.csv', 'sku\nA\n')]
    expect(await extract({}, { earlier })).toEqual([])
  })

  it('with the bytes of a version before the last is landed: the sender took the last one back', async () => {
    await send('stock-a.csv', 'sku\nA\n')
    const earlier = async () => [landedAs('stock-a.csv', 'sku\nA\n'), landedAs('stock-a.csv', 'sku\nB\n')]
    expect(names(await extract({}, { earlier }))).toEqual(['stock-a.csv'])
  })

  it('with an old time and the size that was landed last is not read again', async () => {
    await send('stock-a.csv', 'sku\nB\n', '2026-06-01T12:00:00Z')
    const earlier = async () => [landedAs('stock-a.csv', 'sku\nA\n')]
    expect(await extract({}, { earlier })).toEqual([])
    await send('stock-a.csv', 'sku\nA\nB\n', '2026-06-01T12:00:00Z')
    expect(names(await extract({}, { earlier }))).toEqual(['stock-a.csv'])
  })

  it('with the checksum that its manifest had before is skipped unread', async () => {
    const content = 'sku\nA\n'
    const { name: file, bytes, sha256 } = landedAs('stock-a.csv', content)
    await send(file, 'x'.repeat(bytes))
    await send(`${file}.manifest.json`, JSON.stringify({ file, rows: 1, bytes, sha256 }))
    const earlier = async () => [landedAs(file, content)]
    expect(await extract({ complete: { by: 'manifest' } }, { earlier })).toEqual([])
  })
})

describe('a file under two names', () => {
  const gzip = dialect({ compression: 'gzip' })

  it('is refused: nobody can say which is meant', async () => {
    await send('stock-a.csv.gz', gzipSync('sku\n'))
    await send('stock-a.csv', 'sku\n')
    await expect(extract({ dialect: gzip })).rejects.toMatchObject({
      retry: 'later',
      what: 'stock-a.csv and stock-a.csv.gz are one file under two names',
    })
  })

  it.each([
    ['stock-a.csv.gz', dialect({})],
    ['stock-a.csv.zst', gzip],
  ])('%s is refused where another compression is declared', async (name, declared) => {
    await send(name, gzipSync('sku\n'))
    await expect(extract({ dialect: declared })).rejects.toMatchObject({ what: expect.stringContaining(name) })
  })

  it('is landed as it was delivered where its compression is the declared one', async () => {
    const bytes = gzipSync('sku\nA\n')
    await send('stock-a.csv.gz', bytes)
    const [delivery] = await extract({ dialect: gzip })
    expect(delivery?.landed).toMatchObject({ bytes: bytes.length, lines: 2 })
  })
})

it('a file that vanishes between the listing and the reading leaves the interval open', async () => {
  await send('stock-a.csv', 'sku\n', before)
  await send('stock-b.csv', 'sku\n')
  const land = landFile.bind(undefined, { folder: into, format: 'csv' })
  const taken: ExtractRequest['land'] = async (name, bytes) => {
    await rm(join(folder, 'stock-b.csv'), { force: true })
    return land(name, bytes)
  }
  await expect(extract({}, { land: taken })).rejects.toMatchObject({
    retry: 'later',
    where: join(folder, 'stock-b.csv'),
  })
})

it('names with blanks, accents and brackets are landed as they are', async () => {
  const wanted = ['stock-  .csv', 'stock-[1].csv', 'stock-ü 日本.csv', 'stock-#%?*.csv']
  for (const name of wanted) await send(name, 'sku\n')
  await mkdir(join(folder, 'stock-folder.csv'))
  expect(names(await extract({})).toSorted()).toEqual(wanted.toSorted())
})

it('a name that leads out of the folder is nobody’s, though a server may show it', () => {
  const ours = isOurs({ match: /csv$/, complete: { by: 'name' } })
  expect(['a.csv', 'a..csv', '../a.csv', '/etc/a.csv'].map(ours)).toEqual([true, true, false, false])
})

const files = count(1_000, 10_000)

it(`of ${files} files only those that are due are read`, async () => {
  const old = new Date('2026-06-01T00:00:00Z')
  for (let n = 0; n < files; n += 500)
    await Promise.all(
      Array.from({ length: 500 }, async (_, m) => {
        await writeFile(join(folder, `stock-${n + m}.csv`), 'sku\n')
        await utimes(join(folder, `stock-${n + m}.csv`), old, old)
      }),
    )
  await send('stock-500.csv', 'sku\nA\n')
  expect(names(await extract({}))).toEqual(['stock-500.csv'])
}, 30_000)
