import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Headed, readHeader } from '../../models/compiler/header.ts'
import { filled } from '../../models/compiler/parameters.ts'
import { parseSql } from '../../models/compiler/sql.ts'
import { lockFile, lockOf, lockText } from '../../models/lock.ts'
import type { ColumnType } from '../../models/warehouse/warehouse.ts'
import { type Fixture, fixture, root } from './fixture.ts'

describe('the models of the project', () => {
  let on: Fixture
  beforeAll(async () => {
    on = await fixture()
    await on.buildAll()
  })
  afterAll(() => on.close())

  test('build over empty tables, each with its audits', async () => {
    const built = await on.warehouse.query({ sql: 'select model, kind from ops.builds order by model' })
    expect(built).toEqual(
      on.models
        .map(({ relation, header }) => ({ model: relation, kind: header.kind }))
        .toSorted((a, b) => (a.model < b.model ? -1 : 1)),
    )
  })

  test('have no double: money and counts are exact from end to end', async () => {
    for (const { relation } of on.models)
      for (const { name, type } of (await on.warehouse.columns(relation)) ?? [])
        expect(`${relation}.${name} ${type}`).not.toMatch(/DOUBLE|FLOAT|HUGEINT/)
  })

  test('give every amount as DECIMAL(38,9)', async () => {
    const amounts =
      /^(total|net|gross|refunds|refunded|received|subtotal|tax|discount|discounts|shipping|monetary|amount|fee|fees|price|paid|unpaid|cost|settled|charges|adjustments|other|reached_bank|net_so_far|average_.*|expected_value|.*_amount|.*_fee|.*_net|.*_cost|.*_total|.*_spent|total_.*|.*_price)$/
    for (const { relation } of on.models)
      for (const { name, type } of (await on.warehouse.columns(relation)) ?? [])
        if (amounts.test(name) && !(relation === 'marts.orders' && name === 'refunds') && name !== 'total_inventory')
          expect(`${relation}.${name} ${type}`).toContain('DECIMAL(38,9)')
  })

  test('have no decimal of another size, into which an amount would be squeezed', async () => {
    for (const { relation } of on.models)
      for (const { name, type } of (await on.warehouse.columns(relation)) ?? [])
        if (type.startsWith('DECIMAL')) expect(`${relation}.${name} ${type}`).toContain('DECIMAL(38,9)')
  })

  test('of the marts have an owner, a key, and a test or an audit beside it', () => {
    for (const { relation, header } of on.models.filter(model => model.relation.startsWith('marts.'))) {
      const promises = header.audits.length + Object.values(header.columns).flatMap(({ tests }) => tests).length
      expect([relation, header.owner, header.key?.[0], promises > 0]).toEqual([
        relation,
        expect.any(String),
        'connection',
        true,
      ])
    }
  })

  test('promise nothing of columns that they do not have', async () => {
    for (const { relation, header } of on.models) {
      const names = (await on.warehouse.columns(relation))?.map(({ name }) => name)
      expect(names).toEqual(expect.arrayContaining([...Object.keys(header.columns), ...(header.key ?? [])]))
    }
  })

  test('of the marts say what each column is', async () => {
    for (const { relation, header } of on.models.filter(model => model.relation.startsWith('marts.'))) {
      const names = (await on.warehouse.columns(relation))?.map(({ name }) => name)
      expect([relation, ...Object.keys(header.columns)].toSorted()).toEqual([relation, ...(names ?? [])].toSorted())
    }
  })

  test('give what the lock says, and no other', async () => {
    const columns = new Map<string, readonly ColumnType[]>()
    for (const { relation } of on.models) columns.set(relation, (await on.warehouse.columns(relation)) ?? [])
    const lock = lockOf([...columns.keys()], columns)
    expect(lockText(lock)).toBe(await readFile(join(root, lockFile), 'utf8'))
  })

  test('take the one that the README adds, as it stands there', async () => {
    const readme = await readFile(join(root, 'README.md'), 'utf8')
    const text = /```sql\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
    const { columns, audits } = (readHeader(text, 'models/marts/late_orders.sql') as Headed).header
    const sql = filled(text, { now: '2026-06-30T03:00:00Z' })
    expect((await on.warehouse.check(sql)).map(({ name }) => name)).toEqual(Object.keys(columns))
    expect(audits).toHaveLength(1)
  })

  test('read what DuckDB itself finds in their queries', async () => {
    for (const { sql, file } of on.models) {
      const text = filled(sql, { now: '2026-06-30T03:00:00Z' }).replaceAll("'", "''")
      const [row] = await on.warehouse.query({ sql: `select json_serialize_sql('${text}')::varchar as tree` })
      const found = new Set(baseTables(JSON.parse(String(row?.tree))))
      const read = new Set(parseSql(sql, file).reads.map(({ relation }) => relation))
      expect(read).toEqual(found)
      expect(read.size).toBeGreaterThan(0)
    }
  })
})

/** Tables with a schema in DuckDB's own tree of a query; one without is a common table expression. */
function baseTables(node: unknown): readonly string[] {
  if (typeof node !== 'object' || node === null) return []
  const { type, schema_name, table_name } = node as Readonly<Record<string, unknown>>
  const own = type === 'BASE_TABLE' && schema_name !== '' ? [`${schema_name}.${table_name}`] : []
  return [...own, ...Object.values(node).flatMap(baseTables)]
}
