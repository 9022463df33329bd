import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type WarehouseKind, warehouseKinds } from '../../../contracts/connection.ts'
import { expandFunctions } from '../../../models/compiler/expand.ts'
import { loadParser, polyglot } from '../../../models/compiler/polyglot.ts'
import { portableFunctions } from '../../../models/compiler/portable-functions.ts'
import { openDuckdb } from '../../../models/warehouse/duckdb/duckdb.ts'
import { macrosOf } from '../../../models/warehouse/duckdb/macros.ts'
import type { Warehouse } from '../../../models/warehouse/warehouse.ts'

await loadParser()

const expand = (sql: string, target: WarehouseKind = 'duckdb') =>
  expandFunctions(sql, { file: 'm.sql', target, functions: portableFunctions })

/** Each function, and what it gives. */
const cases: readonly (readonly [call: string, gives: string])[] = [
  [`fn.date_trunc('month', date '2026-06-17')`, '2026-06-01'],
  [`fn.date_trunc('week', date '2026-06-17')`, '2026-06-15'],
  [`fn.date_diff('month', date '2026-01-31', date '2026-02-01')`, '1'],
  [
    `fn.elapsed('hour', timestamptz '2026-06-01 00:30Z', timestamptz '2026-06-01 02:29Z')`
      .replaceAll('0Z', '0:00Z')
      .replaceAll('29Z', '29:00Z'),
    '1',
  ],
  [`fn.add_days(date '2026-02-28', 1)`, '2026-03-01'],
  [`fn.add_months(date '2026-01-31', 1)`, '2026-02-28'],
  [`fn.add_seconds(timestamptz '2026-06-01 00:00:00Z', 90)`, '2026-06-01T00:01:30.000000Z'],
  [`fn.local_date(timestamptz '2026-06-01 22:30:00Z', 'Europe/Berlin')`, '2026-06-02'],
  [`fn.local_hour(timestamptz '2026-06-01 22:30:00Z', 'Europe/Berlin')`, '0'],
  [`fn.month_key(date '2026-06-17')`, '2026-06'],
  [`fn.iso_weekday(date '2026-06-14')`, '7'],
  ['fn.safe_divide(1, 0)', 'null'],
  ['fn.int_div(7, 2)', '3'],
  ['fn.int_div(-7, 2)', '-3'],
  ['fn.mod(7, 2)', '1'],
  ['fn.as_text(7)', '7'],
  [`fn.as_int('7')`, '7'],
  [`fn.as_decimal('7.10')`, '7.100000000'],
  [`fn.try_int('x')`, 'null'],
  [`fn.try_decimal('1.5')`, '1.500000000'],
  [`fn.json_text('{"a": {"b": "c"}}', '$.a.b')`, 'c'],
  [`fn.json_length('[1, 2]')`, '2'],
  [`fn.regexp_contains('abc', 'b')`, 'true'],
  [`fn.regexp_group('a-12', '-([0-9]+)')`, '12'],
  [`fn.regexp_group('a', '-([0-9]+)')`, 'null'],
  [`fn.split_part('a-b', '-', 2)`, 'b'],
  [`fn.split_part('a-b', '-', 3)`, 'null'],
  [`fn.key('a', 1)`, 'b2d8d7d3c2b5ab3a4d5f4d6a7a0dc2a1'],
  ['(select fn.count_if(n > 1) from range(4) as r(n))', '2'],
  ['(select fn.sum_if(n, n > 1) from range(4) as r(n))', '5'],
  [`(select fn.list_texts(t, ', ') from (values ('b'), ('a'), ('b')) as v(t))`, 'a, b'],
  ['(select fn.last_by(n, -n) from range(4) as r(n))', '0'],
  ['(select fn.first_by(n, -n) from range(4) as r(n))', '3'],
  ['(select fn.percentile(n, 0.5) from range(4) as r(n))', '1.5'],
  [`(select count(*) from fn.days(date '2026-06-01', date '2026-06-30'))`, '30'],
]

describe('the portable functions', () => {
  let warehouse: Warehouse
  beforeAll(async () => {
    warehouse = await openDuckdb(':memory:')
    for (const sql of macrosOf(portableFunctions)) await warehouse.local.run(sql)
  })
  afterAll(() => warehouse.close())
  const value = async (expression: string): Promise<string> =>
    String((await warehouse.local.query(`select ${expression} as v`))[0]?.v)

  test.each(cases.filter(([call]) => !call.includes('fn.key')))(
    '%s is %s, expanded and as a macro',
    async (call, gives) => {
      const { sql, mistakes } = expand(call)
      expect(mistakes).toEqual([])
      expect(sql).not.toContain('fn.')
      expect([await value(sql), await value(call)]).toEqual([gives, gives])
    },
  )

  test('a key is of both values', async () => {
    const keys = [`fn.key('a', 1)`, `fn.key('a', 2)`, `fn.key('b', 1)`, `fn.key('a', null)`]
    const found = await Promise.all(keys.map(each => value(expand(each).sql)))
    expect(new Set(found.slice(0, 3)).size).toBe(3)
    expect([found[0], found[3]]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), 'null'])
  })

  test('are each shown by a case', () => {
    for (const name of portableFunctions.keys())
      expect(
        cases.some(([call]) => call.includes(`fn.${name}(`)),
        name,
      ).toBe(true)
  })

  test.each(warehouseKinds)('are read by the parser as %s spells them', target => {
    for (const [name, { parameters, as, rows }] of portableFunctions) {
      if (as[target] === undefined) continue
      const call = `fn.${name}(${parameters.map(each => (each === 'part' && !name.includes('div') && name !== 'mod' ? "'day'" : each)).join(', ')})`
      const { sql, mistakes } = expand(rows === true ? `select * from ${call}` : `select ${call} as v from t`, target)
      const parsed = polyglot().parse(sql, target as Parameters<ReturnType<typeof polyglot>['parse']>[1])
      expect([mistakes, parsed.success], `${name}: ${sql} ${parsed.error}`).toEqual([[], true])
    }
  })
})

describe('an expansion', () => {
  test('goes into the arguments of another, and leaves texts, names and comments as they are', () => {
    expect(
      expand(
        `select fn.as_text(fn.mod(a, 2)) as "fn.mod(a, 2)", 'fn.mod(a, 2)' -- fn.mod(a, 2)\nfrom t /* fn.mod(a, 2) */`,
      ).sql,
    ).toBe(
      `select cast((a % 2) as varchar) as "fn.mod(a, 2)", 'fn.mod(a, 2)' -- fn.mod(a, 2)\nfrom t /* fn.mod(a, 2) */`,
    )
  })

  test('moves no line, whatever its arguments hold', () => {
    const sql = `select\n  fn.safe_divide(\n    sum(a), -- the part, (of\n    count(distinct [b, c])\n  ) as x,\n  fn.key(\n    case when a = ',' then 'x' end,\n    b\n  ) as y\nfrom t`
    const expanded = expand(sql)
    expect(expanded.mistakes).toEqual([])
    expect(expanded.sql.split('\n')).toHaveLength(sql.split('\n').length)
    expect(expanded.sql.split('\n').at(-1)).toBe('from t')
  })

  test('moves no line where an argument of several lines stands twice in its spelling', () => {
    const sql = "select fn.list_texts(\n  upper(a), -- in capitals\n  ', '\n) as t\nfrom x"
    const expanded = expand(sql).sql
    expect(expanded.split('\n')).toHaveLength(sql.split('\n').length)
    expect(expanded.split('\n').at(-1)).toBe('from x')
  })

  test.each([
    ['select\n  fn.safe_divid(a, b)', 2, 3, 'there is no function fn.safe_divid', 'Did you mean fn.safe_divide?'],
    ['select fn.safe_divide(a)', 1, 8, 'fn.safe_divide(part, whole) has 2 arguments, and 1 stand here', 'A quotient'],
    ['select fn.mod(fn.mdo(a, 1), 2)', 1, 15, 'there is no function fn.mdo', 'Did you mean fn.mod?'],
  ])('of %j is refused where it stands', (sql, line, column, what, hint) => {
    expect(expand(sql).mistakes).toMatchObject([{ line, column, what, hint: expect.stringContaining(hint) }])
  })

  test('is refused for a warehouse that has no such function', () => {
    expect(expand('select fn.percentile(a, 0.5)', 'bigquery').mistakes[0]?.what).toBe(
      'bigquery has no fn.percentile(value, share)',
    )
  })
})
