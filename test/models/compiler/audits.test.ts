import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditsOf } from '../../../models/compiler/audits.ts'
import { type Headed, readHeader } from '../../../models/compiler/header.ts'
import { openDuckdb } from '../../../models/warehouse/duckdb/duckdb.ts'
import type { Cells, Warehouse } from '../../../models/warehouse/warehouse.ts'

const { header } = readHeader(
  `/* @model
kind: table
doc: One row an order.
key: [shop, order_id]
columns:
  order_id: { tests: [not_null] }
  status: { tests: [{ in: [paid, "it's open"] }] }
  customer_id: { tests: [{ references: marts.customers.customer_id }] }
  email: { personal: true, tests: [unique] }
  total: { doc: What it cost }
audits:
  - total >= 0 -- never negative
*/ select 1`,
  'm.sql',
) as Headed

const places = { rows: 'marts.orders', all: 'marts.orders', now: '2026-06-30T03:00:00Z' }

describe('audits', () => {
  let warehouse: Warehouse
  beforeAll(async () => {
    warehouse = await openDuckdb(':memory:', { threads: 1 })
    await warehouse.local.run('create schema marts')
    await warehouse.local.run("create table marts.customers as select 'c1' as customer_id union all select null")
  })
  afterAll(() => warehouse.close())

  const columns = '(shop, order_id, status, customer_id, email, total)'

  async function found(...rows: readonly string[]): Promise<Readonly<Record<string, readonly Cells[]>>> {
    await warehouse.local.run(
      `create or replace table marts.orders as select * from (values ${rows.join(', ')}) as v${columns}`,
    )
    const broken: Record<string, readonly Cells[]> = {}
    for (const { name, sql } of auditsOf(header, [], places)) {
      const rows = await warehouse.local.query(sql)
      if (rows.length > 0) broken[name] = rows
    }
    return broken
  }

  const good = "('north', 1, 'paid', 'c1', 'a@x.org', 1.00)"

  test('find nothing in rows that keep every promise; null is no value to be compared', async () => {
    expect(
      await found(good, "('south', 1, null, null, null, 0.00)", "('south', 2, 'it''s open', 'c1', null, 2)"),
    ).toEqual({})
  })

  test('find a key that stands twice, and a part of a key that is null', async () => {
    const broken = await found(
      good,
      "('north', 1, 'paid', 'c1', 'b@x.org', 1)",
      "('north', null, 'paid', 'c1', 'c@x.org', 1)",
    )
    expect(broken['shop, order_id are together unique']).toEqual([{ shop: 'north', order_id: 1n, times: 2n }])
    expect(broken['order_id is not null']).toEqual([{ shop: 'north', order_id: null }])
  })

  test('find a value that is not on the list, with the key of its row', async () => {
    expect(await found(good, "('north', 2, 'gone', 'c1', null, 1)")).toEqual({
      "status is one of paid, it's open, or null": [{ shop: 'north', order_id: 2n, status: 'gone' }],
    })
  })

  test('find a reference that leads nowhere, though the other side holds nulls', async () => {
    expect(await found(good, "('north', 2, 'paid', 'c9', null, 1)")).toEqual({
      'customer_id stands in marts.customers.customer_id, or is null': [
        { shop: 'north', order_id: 2n, customer_id: 'c9' },
      ],
    })
  })

  test('find a row whose condition is false, and one whose condition is null', async () => {
    const broken = await found(
      good,
      "('north', 2, 'paid', 'c1', null, -0.01)",
      "('north', 3, 'paid', 'c1', null, null)",
    )
    expect(broken['total >= 0 -- never negative']).toEqual([
      { shop: 'north', order_id: 2n, total: '-0.01' },
      { shop: 'north', order_id: 3n, total: null },
    ])
  })

  test('show no personal value', async () => {
    const broken = await found(good, "('north', 2, 'paid', 'c1', 'a@x.org', 1)")
    expect(broken).toEqual({ 'email is unique': [{ email: '(personal)', times: 2n }] })
  })

  test('are each stated once, though key and tests promise the same', () => {
    const names = auditsOf(header, [], places).map(({ name }) => name)
    expect(names.filter(name => name === 'order_id is not null')).toHaveLength(1)
  })

  test('hold a value to a range, a pattern and an age; null breaks none, and nothing at all is not fresh', async () => {
    const { header: held } = readHeader(
      '/* @model\nkind: table\ndoc: One row.\nkey: [id]\ncolumns:\n  n: { tests: [{ range: [0, null] }, { range: [null, 9] }] }\n  code: { tests: [{ matches: "[A-Z]{3}" }] }\n  seen: { tests: [{ fresh: 26h }] }\n*/ select 1',
      'm.sql',
    ) as Headed
    const at = { rows: 'marts.v', all: 'marts.v', now: '2026-06-30T03:00:00Z' }
    const broken = async (rows: string): Promise<readonly string[]> => {
      await warehouse.local.run(
        `create or replace table marts.v as select * from (values ${rows}) as v(id, n, code, seen)`,
      )
      const names: string[] = []
      for (const { name, sql } of auditsOf(held, [], at))
        if ((await warehouse.local.query(sql)).length > 0) names.push(name)
      return names
    }
    const young = "timestamptz '2026-06-29 01:00:00Z'"
    expect(await broken(`(1, 0, 'ABC', ${young}), (2, 9, null, null), (3, null, 'XYZ', null)`)).toEqual([])
    expect(await broken(`(1, -1, 'ABCD', timestamptz '2026-06-29 00:59:59Z'), (2, 10, 'abc', null)`)).toEqual([
      'n is from 0 to any, or null',
      'n is from any to 9, or null',
      'code matches [A-Z]{3}, or is null',
      'seen is at most 26h old',
    ])
    expect(await broken(`(1, 0, 'ABC', null::timestamptz)`)).toEqual(['seen is at most 26h old'])
  })

  test('in a file are asked as they stand there, and what only warns says so', () => {
    const { header: filed } = readHeader(
      '/* @model\nkind: table\ndoc: One row.\naudits:\n  - no_gap.audit.sql\n  - { sql: total < 10, severity: warn }\n*/ select 1',
      'm.sql',
    ) as Headed
    expect(auditsOf(filed, [{ name: 'no_gap.audit.sql', sql: 'select 1 as gap' }], places)).toMatchObject([
      { name: 'no_gap.audit.sql', sql: 'select 1 as gap' },
      { name: 'total < 10', severity: 'warn' },
    ])
  })
})
