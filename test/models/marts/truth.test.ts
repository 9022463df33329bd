import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { catalogue } from '../../../jobs/catalogue.ts'
import { further, shopWith } from '../../../jobs/sources/shopify/shopify.ts'
import { openDuckdb } from '../../../models/warehouse/duckdb/duckdb.ts'
import type { Cells, Warehouse } from '../../../models/warehouse/warehouse.ts'
import { type Sandbox, startSandbox } from '../../../sandbox/command.ts'
import type { MartRow } from '../../../sandbox/marts/ledger.ts'
import { martsOf } from '../../../sandbox/marts/marts.ts'
import { readWorld } from '../../../sandbox/world.ts'
import { commandLine } from '../../command-line.ts'
import { onProject } from '../../on-project.ts'

/** All that a shop can be asked for, so that payouts and discounts are read, too. */
const all = {
  ...catalogue,
  sources: catalogue.sources.map(source => (source.name === 'shopify' ? shopWith(...further) : source)),
}
const nightEnd = Date.parse('2026-06-30T02:00:00Z')

let root: string
let sandbox: Sandbox
let warehouse: Warehouse
let marts: Readonly<Record<string, readonly MartRow[]>>

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'truth-'))
  const dir = join(root, '.boomerang', 'sandbox')
  sandbox = await startSandbox({ dir, orders: 600 })
  await sandbox.advance()
  const { code, out } = await commandLine({ ...onProject(root, ['run']), catalogue: async () => all })
  expect(out).toContain('The night of 2026-06-30 02:00Z: done')
  expect(code).toBe(0)
  warehouse = await openDuckdb(join(root, '.boomerang', 'warehouse.duckdb'))
  marts = martsOf(readWorld(dir, { seed: 0, orders: 0 }), nightEnd)
}, 120_000)
afterAll(async () => {
  await warehouse?.close()
  await sandbox.stop()
  rmSync(root, { recursive: true, force: true })
})

/** Each row as one text, so that what differs is read at a glance; columns by name. */
const lines = (rows: readonly (Cells | MartRow)[]): readonly string[] =>
  rows
    .map(row =>
      Object.keys(row)
        .toSorted()
        .map(column => `${column}: ${row[column]}`)
        .join(', '),
    )
    .toSorted()

const names = async (): Promise<readonly string[]> =>
  (
    await warehouse.query({
      sql: "select table_name as name from information_schema.tables where table_schema = 'marts' order by name",
    })
  ).map(({ name }) => String(name))

describe('after a night, worked out again from the world itself', () => {
  test.each([
    'cohorts',
    'customer_loyalty',
    'customer_value',
    'customers',
    'daily_sales',
    'daily_sales_by_market',
    'discounts',
    'orders',
    'payments',
    'payouts',
    'product_sales',
    'product_stock',
    'refunds_and_returns',
  ])('marts.%s is the same in every row and column, to the cent', async mart => {
    const expected = marts[mart] ?? []
    expect(expected.length).toBeGreaterThan(0)
    expect(lines(await warehouse.query({ sql: `select * from marts.${mart}` }))).toEqual(lines(expected))
  })

  test('there is no mart that is not', async () => {
    expect(await names()).toEqual(Object.keys(marts).toSorted())
  })
})
