import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { WarehouseKind } from '../../../contracts/connection.ts'
import { type Compiled, readModels } from '../../../models/compiler/compile.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'boomerang-targets-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const model = (sql: string): string => `/* @model\nkind: table\ndoc: One row.\n*/\n${sql}\n`

async function read(
  files: Readonly<Record<string, string>>,
  targets: readonly WarehouseKind[] = ['duckdb', 'bigquery', 'snowflake'],
): Promise<Compiled> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, 'models', file)), { recursive: true })
    await writeFile(join(root, 'models', file), text)
  }
  return readModels({ root, known: ['raw.orders'], targets })
}

const told = ({ mistakes }: Compiled): readonly string[] =>
  mistakes.map(({ file, line, column, what }) => `${file.replace('models/', '')}:${line}:${column} ${what}`)

describe('a model for several warehouses', () => {
  test('that keeps to portable functions and SQL is right for all, and is built as its own warehouse spells it', async () => {
    const compiled = await read({
      'marts/days.sql': model(
        `with days as (\n  select fn.local_date(ordered_at, 'Europe/Berlin') as day, total from raw.orders\n)\nselect day, sum(total) as total, coalesce(max(total), 0) as most from days where day in (date '2026-06-01') group by day`,
      ),
    })
    expect(told(compiled)).toEqual([])
    expect(compiled.models[0]?.sql).toContain(`select cast(timezone('Europe/Berlin', ordered_at) as date) as day`)
  })

  test.each([
    [
      'select\n  strftime(day, 1) as m from raw.orders',
      'marts/a.sql:6:3 strftime(…) is not known to be the same in bigquery',
      'Write fn.month_key, or a body for bigquery in <name>.bigquery.sql',
    ],
    ['select total::varchar as t from raw.orders', 'marts/a.sql:5:13 bigquery has no ::', 'Write cast(x as type)'],
    [
      'select fn.percentile(total, 0.5) as t from raw.orders',
      'marts/a.sql:5:8 bigquery has no fn.percentile(value, share)',
      '<name>.bigquery.sql',
    ],
  ])('that says %j is refused for the other, with its line', async (sql, what, hint) => {
    const compiled = await read({ 'marts/a.sql': model(sql) }, ['duckdb', 'bigquery'])
    expect(told(compiled)).toEqual([what])
    expect(compiled.mistakes[0]?.hint).toContain(hint)
    expect(told(await read({}, ['duckdb'])), 'with one target its own SQL is legal').toEqual([])
  })

  test('may have a body of its own for one of them, in the SQL of that one', async () => {
    const compiled = await read(
      {
        'marts/a.sql': model('select strftime(day, 1) as m from raw.orders'),
        'marts/a.bigquery.sql': "select format_date('%Y', day) as m from raw.orders",
      },
      ['duckdb', 'bigquery'],
    )
    expect(told(compiled)).toEqual([])
    expect(told(await read({ 'marts/a.bigquery.sql': 'select from where' }, ['duckdb', 'bigquery']))[0]).toContain(
      'marts/a.bigquery.sql:1:',
    )
  })

  test('is built from the body of its own warehouse where it has one, and mistakes name that file', async () => {
    const compiled = await read({
      'marts/a.sql': model('select 1 as one'),
      'marts/a.duckdb.sql': 'select 2 as two from raw.orders',
    })
    expect(compiled.models.map(({ sql, reads, body }) => [sql, reads, body])).toEqual([
      ['select 2 as two from raw.orders', ['raw.orders'], 'models/marts/a.duckdb.sql'],
    ])
    expect(told(await read({ 'marts/a.duckdb.sql': 'select 2 as two\nfrom raw.order' }))).toEqual([
      'marts/a.duckdb.sql:2:6 there is no relation raw.order',
    ])
  })
})

describe('a function of the project', () => {
  const vat =
    '/* @fn\ndoc: An amount with its tax.\nparameters: [amount, rate]\n*/\n-- the amount\namount * (1 + rate)\n'

  test('is called like those that ship', async () => {
    const compiled = await read({
      'fn/vat.sql': vat,
      'marts/a.sql': model('select fn.vat(total, 0.19) as gross from raw.orders'),
    })
    expect(told(compiled)).toEqual([])
    expect(compiled.models[0]?.sql).toContain('select (total * (1 + 0.19)) as gross')
  })

  test('changes the meaning of the models that call it', async () => {
    const files = { 'fn/vat.sql': vat, 'marts/a.sql': model('select fn.vat(total, 0.19) as gross from raw.orders') }
    const before = (await read(files)).models[0]?.fingerprint
    expect((await read({ 'fn/vat.sql': vat.replace('1 + rate', '1 - rate') })).models[0]?.fingerprint).not.toBe(before)
  })

  test.each([
    ['amount * 2', 'fn/vat.sql:1:1 the file does not begin with a comment /* @fn'],
    ['/* @fn\ndoc: x\nparameter: [a]\n*/ a', 'fn/vat.sql:3:1 the header: unknown word "parameter"'],
    [
      '/* @fn\ndoc: x\nparameters: [A]\n*/ a',
      'fn/vat.sql:3:14 parameters (1): a name of lower case letters, digits and _',
    ],
  ])('that is written %j is a mistake in words', async (text, what) => {
    expect(told(await read({ 'fn/vat.sql': text }))).toContain(what)
  })

  test('does not take the name of one that ships', async () => {
    expect(told(await read({ 'fn/mod.sql': vat }))).toEqual(['fn/mod.sql:1:1 fn.mod ships already'])
  })
})
