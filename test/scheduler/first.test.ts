import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { noPostgres, sharedPostgres } from '../postgres.ts'
import { type ToyProject, toyProject, toySettings } from './toy/project.ts'

let toy: ToyProject
beforeEach(() => {
  toy = toyProject([{ id: 'a', pipeline: 'orders' }])
})
afterEach(() => toy.remove())

const at = (...names: readonly string[]): string => join(toy.root, ...names)
const settle = (more: object): void =>
  toy.config({ ...toySettings, environments: { toy: { ...toySettings.environments.toy, ...more } } })

describe('a state store that is not there', { timeout: 60_000 }, () => {
  test.each([['run'], ['status'], ['up'], ['worker'], ['plan'], ['backup', 'kept'], ['alerts']])(
    'though nights have been before is a mistake in words for %s, and none is made',
    async (...argv) => {
      expect((await toy.boomerang('run')).code).toBe(0)
      settle({ state: 'sate.sqlite' })
      const { code, out, err } = await toy.apart(...argv)
      expect([code, out]).toEqual([2, ''])
      expect(err).toContain(
        `there is no state store, and nights have been before: there is the warehouse ${at('warehouse.duckdb')}\n  where  ${at('sate.sqlite')}\n`,
      )
      expect(err).toContain('boomerang rebuild')
      expect(existsSync(at('sate.sqlite'))).toBe(false)
    },
  )

  test('is one as well where an empty file or only a landing stands, and where nothing but a folder does it is the first', async () => {
    expect((await toy.boomerang('run')).code).toBe(0)
    writeFileSync(at('empty.sqlite'), '')
    settle({ state: 'empty.sqlite' })
    expect((await toy.apart('status')).err).toContain('there is no state store')
    settle({ state: 'sate.sqlite' })
    renameSync(at('warehouse.duckdb'), at('elsewhere.duckdb'))
    const interval = at('landing', 'north', 'orders', '2026-06-29T020000Z_2026-06-30T020000Z')
    mkdirSync(interval, { recursive: true })
    mkdirSync(at('landing', 'north', 'spool'))
    writeFileSync(join(interval, 'manifest.json'), '{}')
    expect((await toy.apart('status')).err).toContain(`there is the landing ${interval}`)
    rmSync(join(interval, 'manifest.json'))
    expect((await toy.apart('status')).code).toBe(0)
  })

  test('is rebuilt on purpose, and knows what is loaded; one that stands is not touched', async () => {
    expect((await toy.boomerang('run')).code).toBe(0)
    const refused = await toy.boomerang('rebuild')
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('a state store stands already')])
    for (const beside of ['', '-wal', '-shm']) rmSync(at(`state.sqlite${beside}`), { force: true })
    expect((await toy.boomerang('run')).code).toBe(2)
    const { code, out } = await toy.boomerang('rebuild')
    expect([code, out]).toEqual([0, expect.stringContaining('how far 1 pipeline had been loaded')])
    expect((await toy.boomerang('status')).out).toMatch(/north +orders +2026-06-30 02:00Z/)
    toy.now('2026-07-01T03:00:00Z')
    expect((await toy.boomerang('plan')).out).toContain('2026-06-30 02:00Z to 2026-07-01 02:00Z')
  })

  test('is rebuilt without a warehouse, too, which it does not make', async () => {
    settle({ state: 'sate.sqlite' })
    expect((await toy.apart('rebuild')).out).toContain('reads everything from the beginning')
    expect([existsSync(at('sate.sqlite')), existsSync(at('warehouse.duckdb'))]).toEqual([true, false])
  })

  test.skipIf(noPostgres !== undefined)(
    `in PostgreSQL is one in the same words, and no schema is made${noPostgres === undefined ? '' : ` (${noPostgres})`}`,
    async () => {
      expect((await toy.boomerang('run')).code).toBe(0)
      const server = await sharedPostgres()
      const schema = `first${process.pid}`
      settle({ state: `${server.url}?schema=${schema}` })
      expect((await toy.apart('run')).err).toContain('there is no state store')
      expect(await server.query(`select 1 from pg_namespace where nspname = '${schema}'`)).toEqual([])
      expect((await toy.apart('rebuild')).code).toBe(0)
      expect((await toy.apart('run')).code).toBe(0)
      expect(toy.tries()).toEqual(['a'])
      await server.query(`drop schema ${schema} cascade`)
      await server.stop()
    },
  )
})
