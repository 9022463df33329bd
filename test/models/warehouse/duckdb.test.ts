import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDuckdb } from '../../../models/warehouse/duckdb/duckdb.ts'
import { opsRelations } from '../../../models/warehouse/ops.ts'
import { faultOf, warehouseSuite } from '../../suite/warehouse.ts'

warehouseSuite({
  name: 'DuckDB',
  open: path => openDuckdb(path, { threads: 2 }),
  module: { url: new URL('../../../models/warehouse/duckdb/duckdb.ts', import.meta.url).href, exported: 'openDuckdb' },
  breaking: "select case when id = 500000 then error('boom') else id end as id from range(1000000) as r(id)",
  endless: file => [
    { sql: `copy (select 1) to '${file}'` },
    { sql: 'select count(*) from range(100000000) as a(x), range(100000000) as b(y) where (x * y) % 7 = 3' },
  ],
})

describe('a DuckDB file', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'boomerang-duckdb-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  test('that is new gets its folder and every table of ops', async () => {
    const warehouse = await openDuckdb(join(folder, 'deep', 'down', 'house.duckdb'))
    for (const relation of opsRelations) expect(await warehouse.columns(relation)).toBeDefined()
    await warehouse.close()
  })

  test('of an earlier version gets the tables and columns that it lacks, and keeps its rows', async () => {
    const path = join(folder, 'house.duckdb')
    const before = await openDuckdb(path)
    await before.local.run("insert into ops.house values ('house-1')")
    await before.local.run('drop table ops.builds')
    await before.local.run('alter table ops.connections drop column time_zone')
    await before.close()
    const after = await openDuckdb(path)
    expect(await after.query({ sql: 'select house from ops.house' })).toEqual([{ house: 'house-1' }])
    expect(await after.query({ sql: 'select model from ops.builds' })).toEqual([])
    expect((await after.columns('ops.connections'))?.at(-1)).toEqual({ name: 'time_zone', type: 'VARCHAR' })
    await after.close()
  })

  test('is one file however its path is spelled', async () => {
    const one = await openDuckdb(join(folder, 'house.duckdb'))
    const two = await openDuckdb(join(folder, '.', 'nowhere', '..', 'house.duckdb'))
    await one.local.run('create table main.seen as select 1 as n')
    expect(await two.query({ sql: 'select n from main.seen' })).toEqual([{ n: 1n }])
    await one.close()
    await two.close()
  })

  const big = 'select count(*) as n from (select list(i) as l from range(70000000) as r(i)) where len(l) > 0'

  test('takes more memory for what does not fit in what it began with', async () => {
    const warehouse = await openDuckdb(join(folder, 'house.duckdb'), { threads: 2 })
    const limit = async () =>
      (await warehouse.query({ sql: "select current_setting('memory_limit') as size" }))[0]?.size
    const before = await limit()
    expect(await warehouse.query({ sql: big })).toEqual([{ n: 1n }])
    expect(await limit()).not.toBe(before)
    await warehouse.close()
  }, 30_000)

  test('takes no more memory than it was given', async () => {
    const warehouse = await openDuckdb(join(folder, 'house.duckdb'), { memoryLimit: '300MB' })
    expect(await faultOf(warehouse.query({ sql: big }))).toMatchObject({ kind: 'memory', retry: 'never' })
    await warehouse.close()
  })

  test('is read in UTC, whatever zone the engine would take for its own', async () => {
    const warehouse = await openDuckdb(join(folder, 'house.duckdb'))
    await warehouse.local.run("set global TimeZone = 'Asia/Tokyo'")
    const select = "select timestamptz '2026-06-30 23:30:00' as at, timestamptz '2026-06-30T23:30:00Z'::date as day"
    expect(await warehouse.query({ sql: select })).toEqual([{ at: '2026-06-30T23:30:00.000000Z', day: '2026-06-30' }])
    expect(await warehouse.local.query(select)).toEqual([{ at: '2026-06-30T23:30:00.000000Z', day: '2026-06-30' }])
    await warehouse.close()
  })

  test('that is no database is refused by name', async () => {
    const path = join(folder, 'house.duckdb')
    await writeFile(path, 'no database '.repeat(1000))
    const fault = await faultOf(openDuckdb(path))
    expect(fault.what).toContain('not a valid DuckDB database')
    expect(fault.where).toBe(path)
  })

  test('that was closed says so, and closing it again does no harm', async () => {
    const warehouse = await openDuckdb(join(folder, 'house.duckdb'))
    await warehouse.close()
    await warehouse.close()
    expect((await faultOf(warehouse.query({ sql: 'select 1' }))).what).toBe('the warehouse is closed')
  })

  test('that is opened many times at once is one warehouse', async () => {
    const path = join(folder, 'house.duckdb')
    const all = await Promise.all(Array.from({ length: 6 }, () => openDuckdb(path)))
    for (const warehouse of all) await warehouse.close()
    await (await openDuckdb(path, { threads: 1 })).close()
  })
})
