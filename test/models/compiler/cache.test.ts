import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { invoice } from '../../../contracts/erp/invoice.ts'
import { type Cache, fileCache } from '../../../models/compiler/cache.ts'
import { checkModels } from '../../../models/compiler/check.ts'
import { readModels } from '../../../models/compiler/compile.ts'

let root = ''
let asked: string[] = []
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'boomerang-cache-'))
  asked = []
})
afterEach(() => rm(root, { recursive: true, force: true }))

const model = (sql: string, more = ''): string => `/* @model\nkind: table\ndoc: One row.\n${more}*/\n${sql}\n`

async function put(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(join(root, 'models', 'marts'), { recursive: true })
    await writeFile(join(root, 'models', 'marts', file), text)
  }
}

/** Says what had to be found out. */
const watched = (cache: Cache): Cache => ({
  ...cache,
  set(key, value) {
    asked.push(key)
    cache.set(key, value)
  },
})

async function check(columns = {}) {
  const cache = await fileCache(join(root, 'cache.json'))
  const compiled = await readModels({ root, known: ['raw.erp_invoice', 'ops.loads'], cache: watched(cache) })
  const checked = await checkModels(compiled, { contracts: [invoice], variables: columns, cache: watched(cache) })
  await cache.save()
  const found = asked.length
  asked = []
  return { ...checked, compiled, found }
}

describe('what is known of models', () => {
  test('is found out once: the second time nothing is read, prepared or written', async () => {
    await put({
      'a.sql': model('select invoice_id, total from raw.erp_invoice', 'key: [invoice_id]\naudits: [total > 0]\n'),
      'b.sql': model('select total from marts.a'),
    })
    const first = await check()
    expect(first.found).toBeGreaterThan(4)
    const written = await readFile(join(root, 'cache.json'), 'utf8')
    const second = await check()
    expect(second.found).toBe(0)
    expect(await readFile(join(root, 'cache.json'), 'utf8')).toBe(written)
    expect(Object.fromEntries(second.columns)).toEqual(Object.fromEntries(first.columns))
    expect(second.compiled.models.map(({ fingerprint, reads, header }) => ({ fingerprint, reads, header }))).toEqual(
      first.compiled.models.map(({ fingerprint, reads, header }) => ({ fingerprint, reads, header })),
    )
    expect(second.compiled.models[0]?.audits({ rows: 'r', all: 'r', now: 'n' })).toEqual(
      first.compiled.models[0]?.audits({ rows: 'r', all: 'r', now: 'n' }),
    )
    expect(second.compiled.models[0]?.at(['audits', 0])).toBe('5:10')
  })

  test('is found out anew of a model that changed, and of what reads it, and of nothing else', async () => {
    await put({
      'a.sql': model('select invoice_id, total from raw.erp_invoice'),
      'b.sql': model('select total from marts.a'),
      'c.sql': model('select 1 as one'),
    })
    await check()
    await put({ 'a.sql': model('select invoice_id, total as totl from raw.erp_invoice') })
    const { mistakes, found } = await check()
    expect(mistakes.map(({ file, what }) => [file, what.split('"')[1]])).toEqual([['models/marts/b.sql', 'total']])
    expect(found).toBe(2)
  })

  test('that is wrong is never kept: it is told every time', async () => {
    await put({
      'a.sql': model('select totl from raw.erp_invoice'),
      'b.sql': model('selec 1'),
      'c.sql': model('select 1 as one', 'audits: [two > 1]\n'),
    })
    const first = await check()
    expect(first.mistakes).toHaveLength(3)
    expect((await check()).mistakes).toEqual(first.mistakes)
  })

  test('counts for the types of the variables that it was found out with', async () => {
    await put({ 'a.sql': model('select $least as least from raw.erp_invoice') })
    const cache = await fileCache(join(root, 'cache.json'))
    const columnsWith = async (least: string) => {
      const compiled = await readModels({ root, known: ['raw.erp_invoice'], variables: ['least'], cache })
      return (await checkModels(compiled, { contracts: [invoice], variables: { least }, cache })).columns.get('marts.a')
    }
    expect(await columnsWith('cast(1 as integer)')).toEqual([{ name: 'least', type: 'INTEGER' }])
    expect(await columnsWith(`cast('x' as varchar)`)).toEqual([{ name: 'least', type: 'VARCHAR' }])
  })

  test('that was kept by half is nothing', async () => {
    await writeFile(join(root, 'cache.json'), '{"half')
    expect((await fileCache(join(root, 'cache.json'))).get('x')).toBeUndefined()
  })
})

test('many models are read on several threads into the same', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 450 }, (_, n) => [
      `m${n}.sql`,
      model(n % 90 === 7 ? 'selec 1' : `select ${n} as n from raw.erp_invoice`),
    ]),
  )
  await put(files)
  const { models, mistakes } = await readModels({ root, known: ['raw.erp_invoice'] })
  expect([models.length, mistakes.length]).toEqual([445, 5])
  expect(models.every(({ name, sql }) => sql.includes(`select ${name.slice(1)} as n`))).toBe(true)
})
