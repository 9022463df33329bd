import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Fault } from '../../contracts/fault.ts'
import type { Cells, Statement, Unit, Warehouse } from '../../models/warehouse/warehouse.ts'
import { historyFacts } from './warehouse-histories.ts'
import { incrementFacts } from './warehouse-increments.ts'
import { processFacts } from './warehouse-processes.ts'
import { publishFacts } from './warehouse-publish.ts'
import { readerFacts } from './warehouse-reader.ts'

/** A kind of warehouse, and the few things that its engine spells in its own way. */
export interface Place {
  readonly name: string
  /** Opens the warehouse that lies at a path in a folder of the test's own. */
  open(path: string): Promise<Warehouse>
  /** Where `open` stands for another process: a module and the name of its export. */
  readonly module: { readonly url: string; readonly exported: string }
  /** A query of a million rows that breaks in the middle. */
  readonly breaking: string
  /** A statement that runs until it is killed, after it has written the file. */
  endless(file: string): readonly Statement[]
}

/** What a test of the suite works in. */
export interface Bench {
  readonly place: Place
  readonly warehouse: () => Warehouse
  /** Closes the bench's own handle; for tests that hand the warehouse to another process. */
  readonly leave: () => Promise<void>
  readonly path: () => string
  readonly file: (name: string) => string
}

/** The promises of the port, for every implementation of it. */
export function warehouseSuite(place: Place): void {
  describe(`the warehouse ${place.name}`, () => {
    let folder = ''
    let warehouse: Warehouse
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'boomerang-warehouse-'))
      warehouse = await place.open(join(folder, 'house'))
    })
    afterEach(async () => {
      await warehouse.close()
      await rm(folder, { recursive: true, force: true })
    })
    const bench: Bench = {
      place,
      warehouse: () => warehouse,
      leave: () => warehouse.close(),
      path: () => join(folder, 'house'),
      file: name => join(folder, name),
    }
    applyFacts(bench)
    fenceFacts(bench)
    publishFacts(bench)
    incrementFacts(bench)
    historyFacts(bench)
    readerFacts(bench)
    processFacts(bench)
  })
}

export const sql = (text: string, ...parameters: NonNullable<Statement['parameters']>): Statement => ({
  sql: text,
  parameters,
})

export const unit = (key: string, ...statements: readonly string[]): Unit => ({
  key,
  token: 1,
  writes: ['raw.thing'],
  statements: statements.map(text => ({ sql: text })),
})

export const ready = [
  'create schema if not exists raw',
  'create table if not exists raw.thing (id bigint, label varchar)',
]

export async function things(warehouse: Warehouse): Promise<readonly Cells[]> {
  return warehouse.query({ sql: 'select id, label from raw.thing order by id' })
}

export async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const thrown = await work.then(
    () => undefined,
    error => error,
  )
  if (thrown instanceof Fault) return thrown
  throw new Error(`a Fault was expected, and ${thrown === undefined ? 'nothing failed' : String(thrown)}`)
}

const load = (state: 'applied' | 'stopped'): NonNullable<Unit['load']> => ({
  pipeline: 'storefront.orders',
  connection: 'north',
  from: '2026-06-29T03:00:00.000000Z',
  to: '2026-06-30T03:00:00.000000Z',
  state,
  run: 'run-1',
  judgedAt: '2026-06-30T03:04:00.000000Z',
  at: '2026-06-30T03:05:00.000000Z',
  counts: { delivered: 2 },
})

function applyFacts({ warehouse }: Bench): void {
  describe('a unit', () => {
    test('is applied once: the second time it is said to be applied already, and nothing of it is run', async () => {
      const work = unit('load-1', ...ready, "insert into raw.thing values (1, 'one')")
      expect(await warehouse().apply(work)).toBe('applied')
      expect(await warehouse().apply(work)).toBe('already')
      expect(await things(warehouse())).toEqual([{ id: 1n, label: 'one' }])
    })

    test('is remembered with its interval, its counts and its token', async () => {
      await warehouse().apply({ ...unit('load-1', ...ready), token: 7, load: load('applied') })
      expect(await warehouse().query({ sql: 'select * from ops.loads' })).toEqual([
        {
          key: 'load-1',
          pipeline: 'storefront.orders',
          connection: 'north',
          interval_from: '2026-06-29T03:00:00.000000Z',
          interval_to: '2026-06-30T03:00:00.000000Z',
          asked: null,
          state: 'applied',
          run: 'run-1',
          token: 7n,
          judged_at: '2026-06-30T03:04:00.000000Z',
          at: '2026-06-30T03:05:00.000000Z',
          counts: '{"delivered":2}',
        },
      ])
    })

    test('that was stopped may be done again, and then stands as applied', async () => {
      await warehouse().apply({ ...unit('load-1', ...ready), load: load('stopped') })
      const again = { ...unit('load-1', "insert into raw.thing values (1, 'one')"), load: load('applied') }
      expect(await warehouse().apply(again)).toBe('applied')
      expect(await warehouse().query({ sql: 'select key, state from ops.loads' })).toEqual([
        { key: 'load-1', state: 'applied' },
      ])
      expect(await things(warehouse())).toHaveLength(1)
    })

    test('whose last statement fails leaves nothing: no row, no relation, no key', async () => {
      const fault = await faultOf(
        warehouse().apply(
          unit('load-1', ...ready, "insert into raw.thing values (1, 'one')", 'select no_such_column from raw.thing'),
        ),
      )
      expect(fault.where).toContain('load-1')
      expect(await warehouse().columns('raw.thing')).toBeUndefined()
      expect(await warehouse().query({ sql: 'select key from ops.loads' })).toEqual([])
    })

    test('whose audit finds rows leaves nothing, and the Fault shows the rows', async () => {
      await warehouse().apply(unit('ground', ...ready, "insert into raw.thing values (1, 'one')"))
      const long = 'x'.repeat(500)
      const rows = Array.from({ length: 9 }, (_, index) => `(${index + 10}, '${long}')`).join(', ')
      const fault = await faultOf(
        warehouse().apply({
          ...unit('load-1', `insert into raw.thing values ${rows}`),
          audits: [
            { name: 'labels are short', sql: 'select id, label from raw.thing where length(label) > 9 order by id' },
            { name: 'ids are positive', sql: 'select id from raw.thing where id < 0' },
          ],
        }),
      )
      expect(fault.retry).toBe('never')
      expect(fault.what).toContain('labels are short: id 10, label xxx')
      expect(fault.what).toContain('id 14')
      expect(fault.what).not.toContain('id 15')
      expect(fault.what).not.toContain('ids are positive')
      expect(fault.what.length).toBeLessThan(600)
      expect(await things(warehouse())).toEqual([{ id: 1n, label: 'one' }])
      expect(await warehouse().query({ sql: 'select key from ops.loads' })).toEqual([{ key: 'ground' }])
    })

    test('reads a staged relation under the name that staging gave', async () => {
      await warehouse().local.run('create schema if not exists gate')
      await warehouse().local.run("create or replace table gate.staged as select 5::bigint as id, 'five' as label")
      const staged = await warehouse().stage('gate.staged', 'load-1')
      await warehouse().apply(unit('load-1', ...ready, `insert into raw.thing select * from ${staged}`))
      expect(await things(warehouse())).toEqual([{ id: 5n, label: 'five' }])
    })

    test('waits for the one before it, so that two at once are both applied', async () => {
      const units = Array.from({ length: 8 }, (_, index) =>
        unit(`load-${index}`, ...ready, `insert into raw.thing values (${index}, 'at once')`),
      )
      expect(new Set(await Promise.all(units.map(work => warehouse().apply(work))))).toEqual(new Set(['applied']))
      expect(await things(warehouse())).toHaveLength(8)
    })

    test('does not tell in its Fault the value that a cast refused: it may be personal', async () => {
      const fault = await faultOf(warehouse().apply(unit('load-1', "select cast('anna@example.com' as integer)")))
      expect(JSON.stringify([fault.what, fault.where, fault.hint, String(fault.cause)])).not.toContain('anna')
    })
  })
}

function fenceFacts({ warehouse }: Bench): void {
  const insert = (key: string, token: number): Unit => ({
    ...unit(key, ...ready, `insert into raw.thing values (${token}, 'token')`),
    token,
  })

  describe('a fence', () => {
    test('refuses a unit with a lower token than one that has written the relation', async () => {
      await warehouse().apply(insert('a', 5))
      const fault = await faultOf(warehouse().apply(insert('b', 4)))
      expect(fault, 'the step itself has not failed: under a new token it may write').toMatchObject({
        retry: 'later',
        kind: 'held',
      })
      expect(fault.what).toContain('raw.thing')
      expect(await things(warehouse())).toEqual([{ id: 5n, label: 'token' }])
    })

    test('lets the same token and higher ones pass, and is raised by them', async () => {
      for (const [key, token] of [
        ['a', 5],
        ['b', 5],
        ['c', 9],
      ] as const)
        await warehouse().apply(insert(key, token))
      expect(await warehouse().query({ sql: 'select * from ops.fences' })).toEqual([
        { relation: 'raw.thing', token: 9n },
      ])
    })

    test('is not raised by a unit that is rolled back', async () => {
      await warehouse().apply(insert('a', 5))
      await faultOf(warehouse().apply({ ...insert('b', 9), audits: [{ name: 'never', sql: 'select 1 as one' }] }))
      expect(await warehouse().apply(insert('c', 6))).toBe('applied')
    })

    test('of several relations names the one that another has passed, and is raised for none', async () => {
      const writes = ['raw.first', 'raw.thing', 'raw.last']
      await warehouse().apply(insert('a', 5))
      expect((await faultOf(warehouse().apply({ ...insert('b', 4), writes }))).where).toBe('raw.thing')
      expect(await warehouse().apply({ ...insert('c', 5), writes })).toBe('applied')
      expect(await warehouse().query({ sql: 'select * from ops.fences order by relation' })).toEqual([
        { relation: 'raw.first', token: 5n },
        { relation: 'raw.last', token: 5n },
        { relation: 'raw.thing', token: 5n },
      ])
    })

    test('knows a relation by its name, however that is quoted', async () => {
      await warehouse().apply({ ...insert('a', 5), writes: ['raw."thing"'] })
      expect((await faultOf(warehouse().apply(insert('b', 4)))).what).toContain('raw.thing')
    })

    test('stands before publications too', async () => {
      const publication = { relation: 'marts.thing', kind: 'table', select: 'select 1 as id', audits: [] } as const
      await warehouse().publish({ ...publication, token: 5 })
      await faultOf(warehouse().publish({ ...publication, token: 4, select: 'select 2 as id' }))
      expect(await warehouse().query({ sql: 'select id from marts.thing' })).toEqual([{ id: 1n }])
    })
  })
}
