import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Fault } from '../../contracts/fault.ts'
import { exportState, importState } from '../../scheduler/backup/state-copy.ts'
import { createRun } from '../../scheduler/kernel/run.ts'
import { fail, finish } from '../../scheduler/kernel/settle.ts'
import { stateVersion } from '../../scheduler/state/migrate.ts'
import { migrations } from '../../scheduler/state/migrations.ts'
import { openState } from '../../scheduler/state/open.ts'
import type { State } from '../../scheduler/state/state.ts'
import { compiledOnce } from '../project.ts'
import { claimed, loading, newPlace, overEveryStore, type Place, step } from './fixture.ts'
import { type ToyProject, toyProject } from './toy/project.ts'

const broke = new Fault({ what: 'the toy “broke”', where: 'toy', hint: 'Mend it.', retry: 'never' })

/** Some of everything that a state store holds. */
async function fill(state: State): Promise<void> {
  const steps = [
    loading('load', '2026-06-29T00:00:00.000000Z', '2026-06-30T00:00:00.000000Z'),
    step('b', { after: ['load'] }),
    step('c', { after: ['b'], pool: 'north' }),
  ]
  await createRun(state, { run: 'r', slot: 's', steps }, 1)
  await finish(state, await claimed(state, 'load', { now: 2 }), { counts: { in: 3 } }, 3)
  await fail(state, await claimed(state, 'b', { now: 4 }), broke, { now: 5, random: 0 })
  await state.write(async tables => {
    await tables.insertInto('meta').values({ key: 'house', value: 'h' }).execute()
    await tables.insertInto('resume').values({ step: 'load', name: 'cursor', value: '"é\\n"' }).execute()
    const entry = { sync: 's', connection: 'c', key: 'k', ordinal: 1, entry: '{"change":1}' }
    await tables.insertInto('journal').values(entry).execute()
  })
}

/** Copies in a process that has room for a small part of such a store. */
async function narrow(...argv: readonly string[]): Promise<{ readonly code: number | null; readonly err: string }> {
  const copier = join(import.meta.dirname, 'state-copier.ts')
  const options = ['--max-old-space-size=64', '--disable-warning=ExperimentalWarning', copier, ...argv]
  const child = spawn(process.execPath, options, { stdio: ['ignore', 'ignore', 'pipe'], env: compiledOnce })
  let err = ''
  child.stderr.on('data', chunk => {
    err += String(chunk)
  })
  return new Promise(resolve => child.once('close', code => resolve({ code, err })))
}

const held = ['run', 'step', 'edge', 'interval', 'meta', 'counter', 'resume', 'journal', 'event'] as const
async function contents({ read }: State): Promise<unknown> {
  const all = await Promise.all(held.map(table => read.selectFrom(table).selectAll().execute()))
  return all.map(rows => rows.map(row => JSON.stringify(row, Object.keys(row).sort())).sort())
}

overEveryStore(newStore => {
  let place: Place
  beforeEach(async () => {
    place = await newStore()
  })
  afterEach(() => place.end())

  test('a copy holds everything, and every kind of store takes it', async () => {
    await fill(place.state)
    for (let n = 0; n < 5; n += 1)
      await place.state.write(tables =>
        tables
          .insertInto('event')
          .values(
            Array.from({ length: 500 }, (_, at) => ({ at, run: `x${n}`, step: '', what: 'planned', facts: '{}' })),
          )
          .execute(),
      )
    const copy = join(place.folder, 'copy.jsonl')
    expect(await exportState(place.state, copy)).toBeGreaterThan(2_510)
    for (const other of [await newPlace(), await newStore()]) {
      await importState(other.state, copy)
      expect(await contents(other.state)).toEqual(await contents(place.state))
      await other.end()
    }
  })

  test('a store of more than fits into the memory is copied, and put back', { timeout: 120_000 }, async () => {
    const many = 40_000
    await place.state.write(tables =>
      sql`insert into event (at, run, step, what, facts)
        with recursive made(n) as (select 1 union all select n + 1 from made where n < ${sql.lit(many)})
        select n, 'r', 's', 'claimed', ${`{"why":"${'long '.repeat(600)}"}`} from made`.execute(tables),
    )
    const copy = join(place.folder, 'copy.jsonl')
    const other = await newStore()
    expect(await narrow('export', place.address, copy)).toEqual({ code: 0, err: '' })
    expect(await narrow('import', other.address, copy)).toEqual({ code: 0, err: '' })
    const counted = await other.state.read
      .selectFrom('event')
      .select(eb => eb.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow()
    expect(Number(counted.n)).toBe(many)
    await other.end()
  })

  test('a copy of which a line is broken changes nothing', async () => {
    await fill(place.state)
    const copy = join(place.folder, 'copy.jsonl')
    await exportState(place.state, copy)
    truncateSync(copy, readFileSync(copy).length - 9)
    const before = await contents(place.state)
    await expect(importState(place.state, copy)).rejects.toMatchObject({ what: expect.stringContaining('a line') })
    expect(await contents(place.state)).toEqual(before)
  })

  test('what an older boomerang wrote is refused, left, or brought up to date, as it is asked for', async () => {
    const older = await newStore(3)
    expect(await stateVersion(older.state)).toBe(3)
    await expect(openState({ address: older.address })).rejects.toMatchObject({
      what: `the state store has version 3, and this boomerang works with version ${migrations.length}`,
      hint: expect.stringContaining('boomerang upgrade --plan'),
      retry: 'never',
    })
    const left = await openState({ address: older.address }, { older: 'leave' })
    expect(await stateVersion(left)).toBe(3)
    await left.close()
    const upgraded = await openState({ address: older.address }, { older: 'upgrade' })
    expect(await stateVersion(upgraded)).toBe(migrations.length)
    await fill(upgraded)
    await upgraded.close()
    await older.end()
  })
})

const newest = migrations.length

/** The same store, as the version before this one would have made it. */
async function makeOlder(address: string, copy: string): Promise<void> {
  for (const beside of ['', '-wal', '-shm']) rmSync(`${address}${beside}`, { force: true })
  const state = await openState({ address }, { version: newest - 1 })
  await importState(state, copy)
  await state.write(tables =>
    tables
      .updateTable('meta')
      .set({ value: String(newest - 1) })
      .where('key', '=', 'version')
      .execute(),
  )
  await state.close()
}

describe('a house', { timeout: 60_000 }, () => {
  let toy: ToyProject
  const at = (name: string): string => join(toy.root, name)
  beforeEach(async () => {
    toy = toyProject([
      { id: 'a', pipeline: 'orders' },
      { id: 'b', after: ['a'] },
    ])
    expect((await toy.boomerang('run')).code).toBe(0)
  })
  afterEach(() => toy.remove())

  const night = async (day: string): Promise<void> => {
    toy.now(`2026-${day}T03:00:00Z`)
    expect((await toy.boomerang('run')).code).toBe(0)
  }

  test('is brought back as it was, what stood is kept under other names, and its nights go on', async () => {
    const made = await toy.boomerang('backup', at('kept'))
    expect(made).toMatchObject({ code: 0, err: '' })
    expect(made.out).toMatch(/the state store \(version \d+, \d+ rows\) and the warehouse \(.* MB\)/)
    await night('07-01')
    expect(await toy.effects()).toEqual({ a: 2, b: 1 })
    const refused = await toy.boomerang('restore', at('kept'))
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('--replace')])
    const restored = await toy.boomerang('restore', at('kept'), '--replace')
    expect(restored).toMatchObject({ code: 0, err: '' })
    expect(restored.out.match(/kept as/g)).toHaveLength(2)
    expect(readdirSync(toy.root).filter(name => name.includes('.before-')).length).toBeGreaterThanOrEqual(2)
    expect(await toy.effects()).toEqual({ a: 1, b: 1 })
    expect((await toy.boomerang('status')).out).toContain('2026-06-30 02:00Z')
    await night('07-01')
    expect(await toy.effects()).toEqual({ a: 2, b: 1 })
  })

  test('whose state store is broken, or gone with its machine, is brought back', async () => {
    await toy.boomerang('backup', at('kept'))
    truncateSync(at('state.sqlite'), 3000)
    expect((await toy.boomerang('status')).code).toBe(2)
    expect((await toy.boomerang('restore', at('kept'), '--replace')).code).toBe(0)
    const other = toyProject([{ id: 'a', pipeline: 'orders' }])
    expect((await other.boomerang('restore', at('kept'))).code).toBe(0)
    expect((await other.boomerang('run')).out).toContain('nothing to do')
    other.remove()
  })

  test('takes no backup that was changed, is none, or is of another house', async () => {
    await toy.boomerang('backup', at('kept'))
    const other = toyProject([{ id: 'x' }])
    await other.boomerang('run')
    const stranger = await other.boomerang('restore', at('kept'), '--replace')
    expect([stranger.code, stranger.err]).toEqual([2, expect.stringContaining('here stands the house')])
    other.remove()
    const taken = await toy.boomerang('backup', at('kept'))
    expect([taken.code, taken.err]).toEqual([2, expect.stringContaining('stands there already')])
    const before = await toy.effects()
    for (const [name, harm, says] of [
      ['state.jsonl', 'x', 'state.jsonl is not what was copied'],
      ['backup.json', '{}', 'its backup.json is none'],
    ] as const) {
      writeFileSync(join(at('kept'), name), harm)
      const refused = await toy.boomerang('restore', at('kept'), '--replace')
      expect([refused.code, refused.err]).toEqual([2, expect.stringContaining(says)])
    }
    const none = await toy.boomerang('restore', at('landing'), '--replace')
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('it is no backup')])
    expect(await toy.effects()).toEqual(before)
  })

  test('is not replaced, and not changed, under somebody who works', async () => {
    await toy.boomerang('backup', at('kept'))
    toy.plan([{ id: 'a', tries: ['ok', 'wait'] }])
    toy.now('2026-07-01T03:00:00Z')
    const { child, ended } = toy.start('run')
    while (!existsSync(at('waiting'))) await new Promise(resolve => setTimeout(resolve, 20))
    const refused = await toy.boomerang('restore', at('kept'), '--replace')
    expect([refused.code, refused.err]).toEqual([4, expect.stringContaining(`process ${child.pid}`)])
    child.kill('SIGTERM')
    await ended
  })

  test('of an older boomerang is upgraded after a plan and a backup, and by nothing else', async () => {
    await toy.boomerang('backup', at('kept'))
    await makeOlder(at('state.sqlite'), join(at('kept'), 'state.jsonl'))
    const refused = await toy.boomerang('run')
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('boomerang upgrade --plan')])
    const planned = await toy.boomerang('upgrade', '--plan')
    expect(planned.code).toBe(0)
    expect(planned.out).toContain(`state store, version ${newest - 1} to ${newest}:\n  `)
    expect((await toy.boomerang('run')).code).toBe(2)
    const done = await toy.boomerang('upgrade')
    expect(done).toMatchObject({ code: 0, err: '' })
    expect(done.out).toMatch(/What stood before: \S+before-version-/)
    expect((await toy.boomerang('upgrade')).out).toContain('Nothing to do')
    await night('07-01')
  })
})
