import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { invoice } from '../../contracts/erp/invoice.ts'
import { wmsStock } from '../../contracts/wms/stock.ts'
import { build } from '../../jobs/build.ts'
import type { Night, Report, Step } from '../../jobs/job.ts'
import { erp } from '../../jobs/sources/erp.ts'
import { rawTable } from '../../models/warehouse/raw.ts'
import { faultOf } from '../suite/warehouse.ts'
import { connection, type TestRoom, testRoom } from './room.ts'

const at = '2026-06-30T03:00:00.000000Z'

let room: TestRoom
beforeEach(async () => {
  room = await testRoom({
    catalogue: { contracts: [invoice, wmsStock], sources: [erp] },
    connections: [
      connection('north', { brand: "Nord's", timeZone: 'Europe/Berlin' }),
      connection('south-erp', {
        system: 'erp',
        brand: 'Sundown',
        region: 'US',
        currency: 'USD',
        timeZone: 'America/New_York',
      }),
    ],
  })
  for (const sql of rawTable(invoice)) await room.opened.local.run(sql)
})
afterEach(() => room.end())

async function project(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(room.folder, 'models', file)), { recursive: true })
    await writeFile(join(room.folder, 'models', file), text)
  }
}

const model = (sql: string, more = ''): string => `/* @model\nkind: table\ndoc: One row.\n${more}*/\n${sql}\n`

const before: readonly Step[] = [
  {
    id: 'load erp.invoices south-erp',
    job: 'load',
    args: null,
    after: [],
    writes: ['raw.erp_invoice'],
    risk: 'financial',
  },
  {
    id: 'load wms.stock north-wms',
    job: 'load',
    args: null,
    after: [],
    writes: ['raw.wms_stock'],
    risk: 'operational',
  },
]

const steps = (more: Partial<Night> = {}): Promise<readonly Step[]> =>
  build.steps({ ...room, at, interval: () => undefined, before, ...more })

async function run(id: string): Promise<Report> {
  const step = (await steps()).find(each => each.id === id)
  if (step === undefined) throw new Error(`there is no step ${id}`)
  room.token += 1
  return build.run(room, step)
}

describe('the steps of a build', () => {
  test('are one a model, each after what it reads: models, connections and the loads of raw', async () => {
    await project({
      'staging/invoices.sql': model('select * from raw.erp_invoice join ops.connections on connection = _connection'),
      'marts/totals.sql': model('select currency, sum(total) as total from staging.invoices group by currency'),
    })
    expect((await steps()).map(({ id, after, writes, args }) => ({ id, after, writes, args }))).toEqual([
      {
        id: 'build ops.connections',
        after: [],
        writes: ['ops.connections'],
        args: { model: 'ops.connections', now: at },
      },
      {
        id: 'build staging.invoices',
        after: ['build ops.connections', 'load erp.invoices south-erp'],
        writes: ['staging.invoices'],
        args: { model: 'staging.invoices', now: at },
      },
      {
        id: 'build marts.totals',
        after: ['build staging.invoices'],
        writes: ['marts.totals'],
        args: { model: 'marts.totals', now: at },
      },
    ])
  })

  test('are as grave as the gravest model that waits for them', async () => {
    await project({
      'a/base.sql': model('select 1 as one'),
      'a/left.sql': model('select * from a.base', 'risk: financial\n'),
      'a/right.sql': model('select * from a.base', 'risk: operational\n'),
      'a/top.sql': model('select * from a.right'),
    })
    expect(Object.fromEntries((await steps()).map(({ id, risk }) => [id, risk]))).toEqual({
      'build ops.connections': 'financial',
      'build a.base': 'financial',
      'build a.left': 'financial',
      'build a.right': 'operational',
      'build a.top': 'analytical',
    })
  })

  test('of the next night see a model that was added since', async () => {
    await project({ 'marts/a.sql': model('select 1 as one') })
    expect(await steps()).toHaveLength(2)
    await project({ 'marts/b.sql': model('select 1 as one') })
    expect(await steps({ at: '2026-07-01T03:00:00.000000Z' })).toHaveLength(3)
  })

  test('are one that says what is wrong where a model is wrong; it stands for all of them, so that what waits for them waits', async () => {
    await project({ 'marts/a.sql': model('select * from raw.erp_invoices'), 'marts/b.sql': model('select 1 as one') })
    const planned = await steps()
    expect(planned.map(({ id, after, writes }) => [id, after, writes])).toEqual([
      ['build ops.connections', [], ['ops.connections']],
      ['build models', [], ['marts.a', 'marts.b']],
    ])
    expect((await faultOf(build.run(room, planned[1] as Step))).hint).toContain('Did you mean raw.erp_invoice?')

    await project({ 'marts/a.sql': model('select * from raw.erp_invoice') })
    expect((await faultOf(build.run(room, planned[1] as Step))).hint).toContain('planned anew')
    expect((await steps()).map(({ id }) => id)).toEqual(['build ops.connections', 'build marts.a', 'build marts.b'])
  })
})

describe('a build', () => {
  test('writes the connections of the environment, and nothing of one that is gone', async () => {
    await room.opened.local.run("insert into ops.connections (connection) values ('gone')")
    expect(await run('build ops.connections')).toEqual({ counts: { rows: 2 } })
    expect(await room.opened.query({ sql: 'select * from ops.connections order by connection' })).toEqual([
      {
        connection: 'north',
        system: 'shopify',
        brand: "Nord's",
        region: 'EU',
        currency: 'EUR',
        time_zone: 'Europe/Berlin',
      },
      {
        connection: 'south-erp',
        system: 'erp',
        brand: 'Sundown',
        region: 'US',
        currency: 'USD',
        time_zone: 'America/New_York',
      },
    ])
  })

  test('publishes a model as of the night’s end, and remembers what was published', async () => {
    await project({ 'marts/nights.sql': model('select $now as night from range(2)') })
    expect(await run('build marts.nights')).toEqual({ counts: { models: 1, rows: 2 } })
    expect(await room.opened.query({ sql: 'select distinct night from marts.nights' })).toEqual([{ night: at }])
    expect(await room.opened.query({ sql: 'select * from ops.builds' })).toEqual([
      {
        model: 'marts.nights',
        kind: 'table',
        run: 'run-1',
        token: expect.any(BigInt),
        rows: 2n,
        fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
        own: expect.stringMatching(/^[0-9a-f]{64}$/),
        header: expect.stringMatching(/^[0-9a-f]{64}$/),
        published_at: at,
      },
    ])
  })

  test('that is done twice leaves the same', async () => {
    await project({ 'marts/nights.sql': model('select $now as night from range(2)') })
    expect(await run('build marts.nights')).toEqual(await run('build marts.nights'))
    expect(await room.opened.query({ sql: 'select count(*) as n from marts.nights' })).toEqual([{ n: 2n }])
  })

  test('of a model whose audit finds rows leaves the night before, and names the file and the rows', async () => {
    const fine = 'columns: { state: { tests: [{ in: [fine] }] } }\n'
    await project({ 'marts/a.sql': model("select 'fine' as state", fine) })
    await run('build marts.a')
    await project({ 'marts/a.sql': model("select 'odd' as state", fine) })
    const [, step] = await steps({ at: '2026-07-01T03:00:00.000000Z' })
    const fault = await faultOf(build.run(room, step as Step))
    expect(fault.what).toContain('state is one of fine, or null: state odd')
    expect(fault.where).toBe('models/marts/a.sql')
    expect(fault.kind).toBe('guard')
    expect(await room.opened.query({ sql: 'select state from marts.a' })).toEqual([{ state: 'fine' }])
  })

  test('of a model with a wrong column names the file and the line', async () => {
    await project({ 'marts/a.sql': model('select\n  invoice_id,\n  totall\nfrom raw.erp_invoice') })
    const fault = await faultOf(run('build marts.a'))
    expect(fault.where).toBe('models/marts/a.sql:7')
    expect(fault.what).toContain('totall')
    expect(fault.hint).toContain('total')
  })

  test('of a model over raw that no connection brings finds it empty, and says so', async () => {
    await project({
      'marts/a.sql': model('select sku from raw.wms_stock'),
      'marts/b.sql': model('select invoice_id from raw.erp_invoice'),
    })
    const report = await run('build marts.a')
    expect(report.counts).toEqual({ models: 1, rows: 0 })
    expect(report.notes).toEqual(['marts.a: no connection of test brings raw.wms_stock: what it reads of it is empty'])
    expect(await room.opened.query({ sql: 'select count(*)::integer as n from raw.wms_stock' })).toEqual([{ n: 0n }])
    expect((await run('build marts.b')).notes).toBeUndefined()
  })

  test('of a model over raw that a connection should have brought by now is refused', async () => {
    await project({ 'marts/a.sql': model('select invoice_id from raw.erp_invoice') })
    await room.opened.local.run('drop table raw.erp_invoice')
    const fault = await faultOf(run('build marts.a'))
    expect(fault.what).toBe('nothing was ever loaded into raw.erp_invoice')
    expect(fault.retry).toBe('never')
  })

  test('of a model that the project no longer has is refused', async () => {
    await project({ 'marts/a.sql': model('select 1 as one') })
    const step = (await steps())[1] as Step
    const fault = await faultOf(build.run(room, { ...step, args: { model: 'marts.gone', now: at } }))
    expect(fault.what).toContain('no longer has the model marts.gone')
  })
})
