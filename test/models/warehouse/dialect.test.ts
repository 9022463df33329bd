import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { duckdbBuilder, statementOf } from '../../../models/warehouse/duckdb/dialect.ts'
import { openDuckdb } from '../../../models/warehouse/duckdb/duckdb.ts'
import type { Warehouse } from '../../../models/warehouse/warehouse.ts'

interface Tables {
  'raw.payment': {
    readonly payment_id: string
    readonly paid_at: string
    readonly amount: string
    readonly fee_cents: bigint
    readonly detail: string | null
  }
}

const build = duckdbBuilder<Tables>()

describe('the DuckDB dialect', () => {
  let warehouse: Warehouse
  beforeAll(async () => {
    warehouse = await openDuckdb(':memory:')
    const create = build.schema
      .createTable('raw.payment')
      .addColumn('payment_id', 'varchar')
      .addColumn('paid_at', 'timestamptz')
      .addColumn('amount', 'decimal(38, 9)')
      .addColumn('fee_cents', 'bigint')
      .addColumn('detail', 'json')
    const insert = build.insertInto('raw.payment').values([
      {
        payment_id: 'P1',
        paid_at: '2026-06-30T02:00:00.000001Z',
        amount: '12345678901234567.89',
        fee_cents: 9_007_199_254_740_993n,
        detail: '{"method":{"name":"card"}}',
      },
      { payment_id: 'P2', paid_at: '2026-06-30T03:00:00Z', amount: '0.10', fee_cents: -1n, detail: null },
    ])
    await warehouse.apply({
      key: 'ground',
      token: 1,
      writes: ['raw.payment'],
      statements: [{ sql: 'create schema raw' }, statementOf(create), statementOf(insert)],
    })
  })
  afterAll(() => warehouse.close())

  test('carries decimals, microseconds and large whole numbers through parameters exactly', async () => {
    const select = build
      .selectFrom('raw.payment')
      .select(['payment_id', 'paid_at', 'amount', 'fee_cents'])
      .where('paid_at', '<', sql<string>`${'2026-06-30T02:00:00.000002Z'}::timestamptz`)
    expect(await warehouse.query(statementOf(select))).toEqual([
      {
        payment_id: 'P1',
        paid_at: '2026-06-30T02:00:00.000001Z',
        amount: '12345678901234567.890000000',
        fee_cents: 9_007_199_254_740_993n,
      },
    ])
  })

  test('compares an instant and a decimal with a text parameter as what they are', async () => {
    const select = build
      .selectFrom('raw.payment')
      .select('payment_id')
      .where('paid_at', '>=', '2026-06-30T03:00:00Z')
      .where('amount', '=', '0.1')
    expect(await warehouse.query(statementOf(select))).toEqual([{ payment_id: 'P2' }])
  })

  test('reads a path of a JSON column', async () => {
    const select = build
      .selectFrom('raw.payment')
      .select(sql<string>`detail ->> '$.method.name'`.as('method'))
      .orderBy('payment_id')
      .limit(1)
    expect(await warehouse.query(statementOf(select))).toEqual([{ method: 'card' }])
  })

  test('merges: a key that stands is updated, another is inserted', async () => {
    const merge = build
      .mergeInto('raw.payment as t')
      .using(
        sql<{
          payment_id: string
          amount: string
        }>`(select * from (values ('P2', 0.2), ('P3', 0.3)) as v(payment_id, amount))`.as('s'),
        's.payment_id',
        't.payment_id',
      )
      .whenMatched()
      .thenUpdateSet({ amount: sql<string>`s.amount` })
      .whenNotMatched()
      .thenInsertValues({
        payment_id: sql<string>`s.payment_id`,
        paid_at: '2026-07-01T00:00:00Z',
        amount: sql<string>`s.amount`,
        fee_cents: 0n,
        detail: null,
      })
    await warehouse.apply({ key: 'merge', token: 1, writes: ['raw.payment'], statements: [statementOf(merge)] })
    const select = build
      .selectFrom('raw.payment')
      .select(['payment_id', 'amount'])
      .where('payment_id', '!=', 'P1')
      .orderBy('payment_id')
    expect(await warehouse.query(statementOf(select))).toEqual([
      { payment_id: 'P2', amount: '0.200000000' },
      { payment_id: 'P3', amount: '0.300000000' },
    ])
  })

  test('refuses to execute: a query runs only through the warehouse', async () => {
    await expect(build.selectFrom('raw.payment').selectAll().execute()).rejects.toThrow('past the warehouse')
  })

  test('refuses a parameter that the ports cannot bind', () => {
    const select = build
      .selectFrom('raw.payment')
      .selectAll()
      .where('paid_at', '<', new Date(0) as unknown as string)
    expect(() => statementOf(select)).toThrow('write it as text')
  })
})
