import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decimal, text } from '../../../contracts/columns.ts'
import { contract } from '../../../contracts/contract.ts'
import { decimalComma } from '../../../contracts/forms.ts'
import { gate } from '../../../jobs/gate/gate.ts'
import type { Gated } from '../../../jobs/gate/gated.ts'
import { verdictOf } from '../../../jobs/gate/verdict.ts'
import { landFile } from '../../../jobs/landing.ts'
import { type Dialect, dialect } from '../../../jobs/sources/dialect.ts'
import { type Claim, claimOf, type Landed, type SourceObject } from '../../../jobs/sources/source.ts'
import type { Local } from '../../../models/warehouse/warehouse.ts'
import { hostileCells, hostileTexts } from './hostile.ts'
import { memoryLocal } from './local.ts'
import { asText, judgedAlone, standing } from './standing.ts'

const article = contract('test.article', {
  version: 1,
  key: ['sku'],
  risk: 'analytical',
  authority: 'test',
  rejectLimit: { share: 1, atLeast: 1 },
  row: { sku: text('a number', '[A-Z0-9-]+'), title: text('a title'), price: decimal(2) },
  rules: [],
})
const claim = claimOf(article, {
  fields: { sku: 'sku', title: 'title', price: 'price' },
  forms: { price: decimalComma('.') },
})

let local: Local
let folder: string
beforeAll(async () => {
  local = await memoryLocal()
  folder = await mkdtemp(join(tmpdir(), 'dialects-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

type Written = Partial<Pick<SourceObject, 'format'>> & { readonly name?: string; readonly claim?: Claim }

async function gated(
  bytes: Uint8Array,
  terms: Partial<Dialect> = {},
  { format = 'csv', name = 'articles.txt', claim: of = claim }: Written = {},
): Promise<Gated & { readonly landed: Landed }> {
  const written = dialect(terms)
  const pieces = (async function* () {
    for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7)
  })()
  const landed = await landFile({ folder, format, dialect: written }, name, pieces)
  const { lines, longest } = landed
  const file = {
    path: join(folder, name),
    format,
    dialect: written,
    lines,
    longest,
    claims: [of],
    prefix: 'd',
    offset: 0,
  }
  return { landed, ...(await gate(local, { ...file, scratch: folder })) }
}

const titles = async ({ stages }: Gated): Promise<readonly unknown[]> =>
  (await local.query(`select title from ${stages[0]?.relation} order by _position`)).map(({ title }) => title)
const codes = async ({ rejects }: Gated): Promise<readonly string[]> =>
  (await local.query(`select breaches::varchar as breaches from ${rejects} order by position`)).flatMap(
    ({ breaches }) => (JSON.parse(String(breaches)) as readonly { readonly code: string }[]).map(({ code }) => code),
  )

const utf16 = (content: string): Buffer => Buffer.from(content, 'utf16le')
const latin = (content: string): Buffer => Buffer.from(content, 'latin1')
const german = 'sku;title;price\nA-1;Türgriff „groß“ – 5 €;1.234,50\nA-2;ਗੁਰੂ 😀;0,99\n'

describe('query and judge see the same records', () => {
  const cells = hostileCells.filter(cell => cell.isWellFormed())
  const good = { sku: 'A-1', title: 'Türgriff', price: '1.234,50' }
  const rows = Object.keys(good).flatMap(column => cells.map(cell => ({ ...good, [column]: cell })))

  it.each<[string, Partial<Dialect>, (content: string) => Uint8Array]>([
    ['behind semicolons', { delimiter: ';' }, Buffer.from],
    ['behind tabs, in single quotes', { delimiter: '\t', quote: "'" }, Buffer.from],
    ['behind bars, in zstd', { delimiter: '|', compression: 'zstd' }, content => zstdCompressSync(content)],
    ['in UTF-16', { delimiter: ';', encoding: 'utf-16le' }, utf16],
    ['in UTF-16, gzip', { encoding: 'utf-16le', compression: 'gzip' }, content => gzipSync(utf16(`\ufeff${content}`))],
    ['in UTF-8 behind its mark', { encoding: 'utf-8-bom' }, content => Buffer.from(`\ufeff${content}`)],
    [
      'without a header',
      { delimiter: ';', header: Object.keys(good) },
      content => Buffer.from(content.replace(/^.*\n/, '')),
    ],
    [
      'before a trailer',
      { delimiter: ';', trailer: /END;(?<rows>[0-9]+)/ },
      content => Buffer.from(`${content}END;${rows.length}\r\n`),
    ],
  ])('%s', async (_, terms, written) => {
    const { delimiter, quote } = dialect(terms)
    const mark = quote ?? ''
    const quoted = (cell: string): string => `${mark}${cell.replaceAll(mark, mark + mark)}${mark}`
    const content = [Object.keys(good), ...rows.map(row => Object.values(row).map(quoted))]
    const found = await gated(written(content.map(row => `${row.join(delimiter)}\n`).join('')), terms)
    const judged = rows.flatMap((row, position) => {
      const given = Object.fromEntries(Object.entries(row).map(([column, cell]) => [column, cell === '' ? null : cell]))
      const verdict = verdictOf({ index: 0, claim }, { cells: given, ordinal: 0, extra: undefined })
      const place = { _position: String(position), _ordinal: '0' }
      return verdict.state === 'accepted' ? [asText(article, { ...verdict.cells, ...place })] : []
    })
    expect(found.delivered).toBe(rows.length)
    expect(judged.length).toBeGreaterThan(100)
    expect(await standing(local, found)).toEqual(judged.sort())
  })
})

it.each<[string, Partial<Dialect>, Uint8Array, readonly string[]]>([
  ['utf-16le', { encoding: 'utf-16le' }, utf16(german), ['Türgriff „groß“ – 5 €', 'ਗੁਰੂ 😀']],
  [
    'windows-1252',
    { encoding: 'windows-1252' },
    latin('sku;title;price\nA-1;T\xfcrgriff \x84gro\xdf\x93 \x96 5 \x80;1\nA-2;\xff\xa0\x8e\x9f;1\n'),
    ['Türgriff „groß“ – 5 €', 'ÿ\u00a0ŽŸ'],
  ],
  ['iso-8859-1', { encoding: 'iso-8859-1' }, latin('sku;title;price\nA-1;Türgriff ½ £;1\n'), ['Türgriff ½ £']],
])('a file in %s is read sign by sign', async (_, terms, bytes, expected) => {
  expect(await titles(await gated(bytes, { delimiter: ';', ...terms }))).toEqual(expected)
})

it('the landing stays as it was delivered, whatever its encoding', async () => {
  const bytes = utf16(german)
  expect((await gated(bytes, { delimiter: ';', encoding: 'utf-16le' })).landed).toMatchObject({
    bytes: bytes.length,
    lines: 3,
    longest: Buffer.byteLength('A-1;Türgriff „groß“ – 5 €;1.234,50'),
  })
})

it.each<[string, Partial<Dialect>, Uint8Array]>([
  [
    'a byte that windows-1252 does not have',
    { encoding: 'windows-1252' },
    latin('sku,title,price\nA-1,gut ü,1\nA-2,\x81,1\n'),
  ],
  [
    'a control where iso-8859-1 is declared',
    { encoding: 'iso-8859-1' },
    latin('sku,title,price\nA-1,gut ü,1\nA-2,5 \x80,1\n'),
  ],
  ['half a sign of UTF-16', { encoding: 'utf-16le' }, utf16('sku,title,price\nA-1,gut,1\nA-2,\ud83d,1\n')],
  ['bytes that are no UTF-8', {}, latin('sku,title,price\nA-1,gut,1\nA-2,\xfc,1\n')],
])('%s rejects its record, and no other sign stands for it', async (_, terms, bytes) => {
  const found = await gated(bytes, terms)
  expect([found.delivered, (await titles(found)).length, await codes(found)]).toEqual([2, 1, ['malformed']])
})

it.each<[string, Partial<Dialect>, Uint8Array, string]>([
  ['UTF-8 beyond ASCII', { encoding: 'windows-1252' }, Buffer.from('sku\nTürgriff\n'), 'well-formed UTF-8'],
  ['UTF-8 beyond ASCII', { encoding: 'iso-8859-1' }, Buffer.from('sku\nTürgriff\n'), 'well-formed UTF-8'],
  ['the mark of UTF-8', { encoding: 'windows-1252' }, Buffer.from('\ufeffsku\n'), 'byte-order mark of utf-8'],
  ['the mark of UTF-16', {}, utf16('\ufeffsku\n'), 'byte-order mark of utf-16le'],
  ['the mark of UTF-16BE', { encoding: 'utf-16le' }, utf16('\ufeffsku\n').swap16(), 'byte-order mark of utf-16be'],
  ['no mark', { encoding: 'utf-8-bom' }, Buffer.from('sku\n'), 'no byte-order mark'],
  ['gzip', {}, gzipSync('sku\n'), 'compressed with gzip'],
  ['zstd', { compression: 'gzip' }, zstdCompressSync('sku\n'), 'compressed with zstd'],
  ['plain text', { compression: 'zstd' }, Buffer.from('sku\n'), 'not compressed'],
  ['nothing at all', { compression: 'gzip' }, Buffer.alloc(0), 'not compressed'],
])('%s is refused as a whole where %o is declared', async (_, terms, bytes, what) => {
  await expect(gated(bytes, terms)).rejects.toMatchObject({ retry: 'never', what: expect.stringContaining(what) })
})

it('an ASCII file is the same in every encoding but UTF-16, and is not taken for UTF-8', async () => {
  const bytes = Buffer.from('sku,title,price\nA-1,plain,1\n')
  for (const encoding of ['windows-1252', 'iso-8859-1'] as const)
    expect(await titles(await gated(bytes, { encoding }))).toEqual(['plain'])
})

it.each(['gzip', 'zstd'] as const)('a %s file that is cut is read again later', async compression => {
  const whole = { gzip: gzipSync(german), zstd: zstdCompressSync(german) }[compression]
  await expect(gated(whole.subarray(0, -5), { compression })).rejects.toMatchObject({
    retry: 'later',
    what: expect.stringContaining(`the ${compression} stream cannot be read to its end`),
  })
})

it.each(['gzip', 'zstd'] as const)('a %s file of several frames is read to the last', async compression => {
  const pack = { gzip: gzipSync, zstd: zstdCompressSync }[compression]
  const bytes = Buffer.concat([pack('sku,title,price\nA-1,one,1\n'), pack('A-2,two,1\n'), pack('A-3,three,1\n')])
  const found = await gated(bytes, { compression })
  expect([found.landed.lines, found.delivered, await titles(found)]).toEqual([4, 3, ['one', 'two', 'three']])
})

describe('a trailer', () => {
  const trailer = /#(?<rows>[0-9]+)/
  it('is counted and is no record, whatever stands behind it and however the file came in pieces', async () => {
    const found = await gated(Buffer.from('sku,title,price\nA-1,one,1\nA-2,two,1\n#2 \r\n\n'), { trailer })
    expect([found.landed.trailer, found.landed.lines, found.delivered]).toEqual([2, 3, 2])
  })

  it.each([
    ['is missing', 'sku\nA-1\nA-2\n'],
    ['is cut', 'sku\nA-1\n#'],
    ['has something behind it', 'sku\nA-1\n#1\nA-2\n'],
    ['has no file before it', ''],
  ])('that %s leaves the file for later', async (_, content) => {
    await expect(gated(Buffer.from(content), { trailer })).rejects.toMatchObject({
      retry: 'later',
      what: expect.stringContaining('does not end with the trailer'),
    })
  })

  it('ends a file of lines as well', async () => {
    const bytes = Buffer.from('{"sku":"A-1","title":"one","price":"1"}\n#1\n')
    const found = await gated(bytes, { trailer }, { format: 'ndjson' })
    expect([found.landed.trailer, found.delivered, await titles(found)]).toEqual([1, 1, ['one']])
  })
})

it('a header without records, and lines without any, are delivered as nothing', async () => {
  expect((await gated(Buffer.from('sku,title,price\n'))).delivered).toBe(0)
  expect((await gated(Buffer.alloc(0), {}, { format: 'ndjson' })).delivered).toBe(0)
  expect((await gated(Buffer.alloc(0), { header: ['sku', 'title', 'price'] })).delivered).toBe(0)
  await expect(gated(Buffer.alloc(0))).rejects.toThrow('not even a header')
})

it.each<[string, Partial<Dialect>, (content: string) => Uint8Array]>([
  ['UTF-8 in zstd', { compression: 'zstd' }, content => zstdCompressSync(content)],
  ['UTF-8 behind its mark', { encoding: 'utf-8-bom' }, content => Buffer.from(`\ufeff${content}`)],
  ['UTF-16', { encoding: 'utf-16le' }, utf16],
])('lines of a system without global ids in %s are judged as they are', async (_, terms, write) => {
  const good = { sku: '"A-1"', title: '"日本 ü"', price: '"1,5"' }
  const lines = Object.keys(good).flatMap(column =>
    hostileTexts.map(value => Object.entries({ ...good, [column]: value }).map(([key, text]) => `"${key}":${text}`)),
  )
  const content = lines.map(pairs => `{${pairs.join(',')}}`)
  const found = await gated(write(`${content.join('\n')}\n`), terms, { format: 'ndjson' })
  const judged = judgedAlone(
    content.map(line => Buffer.from(line)),
    [claim],
  )
  expect(found.delivered).toBe(content.length)
  expect(judged.length).toBeGreaterThan(50)
  expect(await standing(local, found)).toEqual(judged)
})

it('null words are null, quoted or not, and no other word is', async () => {
  const content = 'sku,title,price\nA-1,NULL,1\nA-2,"\\N",1\nA-3,,1\nA-4,null,1\n'
  const found = await gated(Buffer.from(content), { nulls: ['NULL', '\\N'] })
  expect([await titles(found), await codes(found)]).toEqual([['null'], ['missing', 'missing', 'missing']])
})

it('nothing is quoted where no quote is declared', async () => {
  const found = await gated(Buffer.from('sku,title,price\nA-1,"5 inch,1\n'), { quote: null })
  expect(await titles(found)).toEqual(['"5 inch'])
})

describe('a header', () => {
  it.each([
    ['delimiters and quotes inside a name', '"a ""title""; long";sku;price', 'a "title"; long'],
    ['blanks around names', ' title;"sku" ; "price" ', 'title'],
    ['a byte-order mark before a quote', '\ufeff"title";sku;price', 'title'],
  ])('may hold %s', async (_, header, title) => {
    const of: Claim = { ...claim, fields: { ...claim.fields, title } }
    const found = await gated(Buffer.from(`${header}\none;A-1;1\n`), { delimiter: ';' }, { claim: of })
    expect(await titles(found)).toEqual(['one'])
  })

  it.each([
    ['a quote that is not closed', 'sku,"title,price\nA-1,one,1\n', 'a quote that is not closed'],
    ['something behind a quote', 'sku,"title"x,price\nA-1,one,1\n', 'a quote that is not closed'],
    [
      'the declared names behind another delimiter',
      'sku;title;price\nA-1;one;1\n',
      'the header lacks sku, title, price',
    ],
    ['a name twice', 'sku,title,price,sku\nA-1,one,1,2\n', 'the column sku twice'],
    ['nothing', '\nsku,title,price\nA-1,one,1\n', 'the first line is blank'],
  ])('with %s is refused', async (_, content, what) => {
    await expect(gated(Buffer.from(content))).rejects.toMatchObject({ what: expect.stringContaining(what) })
  })

  it('that is declared is not looked for: a row of other columns is a reject, and the first line is a record', async () => {
    const found = await gated(Buffer.from('A-1,one,1\nA-2,two\nA-3,three,1,x\n'), { header: ['sku', 'title', 'price'] })
    expect([found.delivered, await titles(found), await codes(found)]).toEqual([3, ['one'], ['malformed', 'malformed']])
  })
})

it('a file’s name is no pattern: brackets and stars in it are only signs', async () => {
  await gated(Buffer.from('sku,title,price\nB-1,other,1\n'), {}, { name: 'a 1é more.csv' })
  const found = await gated(Buffer.from('sku,title,price\nA-1,one,1\n'), {}, { name: 'a [1]é*?.csv' })
  expect(await titles(found)).toEqual(['one'])
})

it('a file’s format is what its object declares, whatever its name ends in', async () => {
  const line = Buffer.from('{"sku":"A-1","title":"one","price":"1"}\n')
  expect(await titles(await gated(line, {}, { format: 'ndjson', name: 'articles.csv' }))).toEqual(['one'])
  const csv = Buffer.from('sku,title,price\nA-1,one,1\n')
  expect(await titles(await gated(csv, {}, { name: 'articles.jsonl.gz' }))).toEqual(['one'])
})

it('a dialect whose parts cannot be told apart is refused where it is declared', () => {
  expect(() => dialect({ nulls: ['n;a'], delimiter: ';' })).toThrow(TypeError)
  expect(() => dialect({ nulls: ['"'] })).toThrow(TypeError)
  expect(() => dialect({ trailer: /END [0-9]+/ })).toThrow('(?<rows>')
})
