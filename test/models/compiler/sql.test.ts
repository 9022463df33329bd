import { describe, expect, test } from 'vitest'
import { Fault } from '../../../contracts/fault.ts'
import { filled, parameterMistakes } from '../../../models/compiler/parameters.ts'
import { loadParser } from '../../../models/compiler/polyglot.ts'
import { parseSql } from '../../../models/compiler/sql.ts'

await loadParser()

const reads = (sql: string): readonly string[] =>
  [...new Set(parseSql(sql, 'm.sql').reads.map(({ relation }) => relation))].sort()

function refused(work: () => unknown): Fault {
  try {
    work()
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
  throw new Error('it was taken')
}

describe('the relations that a query reads', () => {
  test.each<[string, readonly string[]]>([
    ['select * from raw.a', ['raw.a']],
    ['select * from raw.a as x join raw.b on x.i = b.i left join raw.c using (i)', ['raw.a', 'raw.b', 'raw.c']],
    ['select * from raw.a, raw.b', ['raw.a', 'raw.b']],
    ['with a as (select 1 from raw.x) select * from a', ['raw.x']],
    ['with a as (select 1 from raw.x), b as (select * from A) select * from b', ['raw.x']],
    ['with recursive a as (select 1 as n union all select n + 1 from a) select * from a join raw.x on true', ['raw.x']],
    ['with a as (select 1 from raw.x) select * from a union all select * from raw.y', ['raw.x', 'raw.y']],
    [
      'select (select max(q) from (with q as (select 1 as q from raw.z) select * from q)) from raw.t',
      ['raw.t', 'raw.z'],
    ],
    ['select 1 where 1 in (select i from raw.c) and exists (select 1 from raw.d)', ['raw.c', 'raw.d']],
    ['select * from raw.a left join lateral (select * from raw.b where b.i = a.i) as l on true', ['raw.a', 'raw.b']],
    ['select * from raw.a asof join raw.b on a.t >= b.t', ['raw.a', 'raw.b']],
    ['select * from raw.a pivot (sum(x) for y in (1, 2))', ['raw.a']],
    ['select u.x from raw.t as t, unnest(t.list) as u(x)', ['raw.t']],
    ['from raw.t', ['raw.t']],
    ['select * from range(3) as r(id)', []],
    ['select * from raw."Odd Name"', ['raw.Odd Name']],
  ])('%s', (sql, expected) => {
    expect(reads(sql)).toEqual(expected)
  })

  test('a common table expression hides nothing outside of its query', () => {
    expect(
      refused(() => parseSql('select * from (with a as (select 1) select * from a) join a on true', 'm.sql')).what,
    ).toContain('"a"')
  })

  test('a common table expression sees no later one', () => {
    expect(
      refused(() => parseSql('with a as (select * from b), b as (select 1) select * from a', 'm.sql')).what,
    ).toContain('"b"')
  })

  test('have their place', () => {
    expect(parseSql('select *\nfrom raw.a\n  join raw.b using (i)', 'm.sql').reads).toEqual([
      { relation: 'raw.a', file: 'm.sql', line: 2, column: 6 },
      { relation: 'raw.b', file: 'm.sql', line: 3, column: 8 },
    ])
  })
})

describe('a query is refused', () => {
  test.each([
    ['select * from orders', '"orders" is not a relation schema.table'],
    ['select * from other.raw.orders', '"other.raw.orders"'],
    ["select * from 'orders.parquet'", '"orders.parquet"'],
    ["select * from read_csv('orders.csv')", 'read_csv'],
    ["select * from raw.a join read_parquet('b') as b on true", 'read_parquet'],
    ['select 1; select 2', 'one select'],
    ['drop table raw.a', 'one select'],
    ['insert into raw.a select 1', 'one select'],
    ['select from where', ''],
  ])('%s', (sql, words) => {
    const fault = refused(() => parseSql(sql, 'm.sql'))
    expect(fault.what).toContain(words)
    expect(fault.where).toContain('m.sql')
  })

  test('with the line and column where it cannot be read', () => {
    expect(refused(() => parseSql('select a from raw.x where\n  b == = 3', 'm.sql')).where).toBe('m.sql:2:9')
  })
})

describe('$now', () => {
  test('becomes the end of the night and moves no line', () => {
    expect(filled('select *\nfrom raw.a\nwhere at < $now', { now: '2026-06-30T03:00:00.000000Z' })).toBe(
      "select *\nfrom raw.a\nwhere at < timestamptz '2026-06-30T03:00:00.000000Z'",
    )
  })

  test('stays where it is text, a quoted name or a comment', () => {
    const sql = "select '$now it''s $now' as \"$now\" -- $now\n/* $now\n $later */"
    expect(filled(sql, { now: 'x' })).toBe(sql)
    expect(parameterMistakes(sql, known)).toEqual([])
  })

  test('is the only parameter that a model knows, beside the interval of an incremental one and the variables of the project', () => {
    const sql = 'select 1\nwhere a > $start and b < $now and c = $lowst'
    expect(parameterMistakes(sql, known)).toMatchObject([
      { what: 'nothing is known of $start', line: 2, column: 11, hint: expect.stringContaining('incremental') },
      { what: 'nothing is known of $lowst', hint: 'Did you mean $lowest?' },
    ])
    expect(parameterMistakes('select $start, $end, $lowest', { ...known, incremental: true })).toEqual([])
  })

  test('is filled beside the interval and the variables, each as a value of its type', () => {
    const variables = { lowest: "cast('10' as DECIMAL(38,9))" }
    expect(filled('a > $start and a < $end and b > $lowest', { now: 'n', start: 's', end: 'e', variables })).toBe(
      "a > timestamptz 's' and a < timestamptz 'e' and b > cast('10' as DECIMAL(38,9))",
    )
  })
})

const known = { file: 'm.sql', incremental: false, variables: ['lowest'] }
