import { createHash } from 'node:crypto'
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeBackup } from '../../scheduler/backup/backup.ts'
import type { Office } from '../../scheduler/office.ts'
import { setFileAside } from '../../scheduler/set-aside.ts'
import { migrations } from '../../scheduler/state/migrations.ts'
import { noPostgres, startPostgres } from '../postgres.ts'
import { newPlace } from './fixture.ts'
import { type ToyProject, toyProject, toySettings } from './toy/project.ts'

interface Manifest {
  stateVersion: number
  files: { name: string; bytes: number; sha256: string }[]
}

describe('a backup and its restore', { timeout: 60_000 }, () => {
  let toy: ToyProject
  const at = (...names: readonly string[]): string => join(toy.root, ...names)
  const standing = (): readonly string[] => readdirSync(toy.root).filter(name => name.includes('.before-'))
  beforeEach(async () => {
    toy = toyProject([{ id: 'a', pipeline: 'orders' }])
    expect((await toy.boomerang('run')).code).toBe(0)
  })
  afterEach(() => toy.remove())

  const backup = async (name = 'kept'): Promise<void> => expect((await toy.boomerang('backup', at(name))).code).toBe(0)

  function change(backupName: string, how: (manifest: Manifest) => void): void {
    const path = at(backupName, 'backup.json')
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest
    how(manifest)
    writeFileSync(path, JSON.stringify(manifest))
  }

  test('that a newer boomerang made is refused before anything is moved', async () => {
    await backup()
    change('kept', manifest => {
      manifest.stateVersion = migrations.length + 1
    })
    const refused = await toy.boomerang('restore', at('kept'), '--replace')
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('Use the newer boomerang')])
    expect(standing()).toEqual([])
    expect((await toy.boomerang('run')).out).toContain('nothing to do')
  })

  test('whose warehouse is a link replaces what it points at, on the disk on which that lies', async () => {
    await backup()
    mkdirSync(at('disk'))
    renameSync(at('warehouse.duckdb'), at('disk', 'real.duckdb'))
    symlinkSync(at('disk', 'real.duckdb'), at('warehouse.duckdb'))
    expect((await toy.boomerang('restore', at('kept'), '--replace')).code).toBe(0)
    expect(lstatSync(at('warehouse.duckdb')).isSymbolicLink()).toBe(true)
    expect(readdirSync(at('disk')).filter(name => name.includes('.before-'))).toHaveLength(1)
    expect((await toy.boomerang('run')).out).toContain('nothing to do')
  })

  test('that did not end leaves no house that could be begun anew, and is done again', async () => {
    await backup()
    await backup('broken')
    const text = `${readFileSync(at('broken', 'state.jsonl'), 'utf8')}{"table"\n`
    writeFileSync(at('broken', 'state.jsonl'), text)
    const sha256 = createHash('sha256').update(text).digest('hex')
    change('broken', manifest => {
      manifest.files = manifest.files.map(file =>
        file.name === 'state.jsonl' ? { ...file, bytes: Buffer.byteLength(text), sha256 } : file,
      )
    })
    expect((await toy.boomerang('restore', at('broken'), '--replace')).code).toBe(2)
    for (const command of ['run', 'status', 'up']) {
      const refused = await toy.boomerang(command)
      expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('that did not end')])
    }
    expect(await toy.boomerang('restore', at('kept'), '--replace')).toMatchObject({ code: 0, err: '' })
    expect(await toy.effects()).toEqual({ a: 1 })
    expect((await toy.boomerang('run')).out).toContain('nothing to do')
  })

  test('is not done under a worker that has nothing to do for now', async () => {
    await backup()
    const { child, ended } = toy.start('worker')
    const out: string[] = []
    child.stdout?.on('data', chunk => out.push(String(chunk)))
    const isAtWork = (): Promise<boolean> =>
      toy.withState(async ({ read }) => {
        const rows = await read.selectFrom('lease').select('name').where('name', 'like', 'work %').execute()
        return rows.length > 0
      })
    while (!(await isAtWork())) await new Promise(resolve => setTimeout(resolve, 20))
    const refused = await toy.boomerang('restore', at('kept'), '--replace')
    expect([refused.code, refused.err]).toEqual([4, expect.stringContaining(`process ${child.pid}`)])
    child.kill('SIGTERM')
    await ended
    expect((await toy.boomerang('restore', at('kept'), '--replace')).code).toBe(0)
  })

  test.skipIf(noPostgres !== undefined)(
    `that may not move what stands leaves it as it was${noPostgres === undefined ? '' : ` (${noPostgres})`}`,
    async () => {
      const server = await startPostgres()
      await server.query('create role narrow login; create schema narrow authorization narrow')
      const state = { address: `${server.url.replace('admin@', 'narrow@')}?schema=narrow` }
      const { toy: environment } = toySettings.environments
      rmSync(at('warehouse.duckdb'))
      toy.config({ ...toySettings, environments: { toy: { ...environment, state } } })
      expect((await toy.apart('run')).code).toBe(0)
      expect((await toy.apart('backup', at('kept'))).code).toBe(0)
      const refused = await toy.apart('restore', at('kept'), '--replace')
      expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('permission denied')])
      expect(readdirSync(toy.root).filter(name => name.startsWith('warehouse'))).toEqual(['warehouse.duckdb'])
      expect((await toy.apart('run')).out).toContain('nothing to do')
      await server.stop()
    },
  )

  test('that was killed in the middle of copying is in nobody’s way', async () => {
    mkdirSync(at('kept.part'))
    writeFileSync(at('kept.part', 'state.jsonl'), '{"table":')
    await backup()
    expect(readdirSync(at('kept')).sort()).toEqual(['backup.json', 'state.jsonl', 'warehouse.duckdb'])
  })

  test('is refused where the warehouse that the state store knows is not there', async () => {
    rmSync(at('warehouse.duckdb'))
    const refused = await toy.boomerang('backup', at('kept'))
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('none stands here')])
    expect(readdirSync(toy.root).filter(name => name.startsWith('kept'))).toEqual([])
  })

  test('into a place where no folder can be made is refused', async () => {
    const refused = await toy.boomerang('backup', '/proc/kept')
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('/proc/kept.part')])
  })

  test('that cannot be made leaves nothing on a disk that may be full', async () => {
    const place = await newPlace()
    const lane = { use: async () => undefined, holding: (work: () => Promise<unknown>) => work() }
    /** A folder cannot be copied as a file. */
    const office = { state: place.state, lane, environment: { name: 'toy', warehouse: { path: place.folder } } }
    await expect(makeBackup(office as unknown as Office, at('kept'))).rejects.toMatchObject({ syscall: 'copyfile' })
    expect(readdirSync(toy.root).filter(name => name.startsWith('kept'))).toEqual([])
    await place.end()
  })

  test('takes what lies beside a file that is gone for none of the new one’s', async () => {
    for (const beside of ['.wal', '-wal']) writeFileSync(at(`gone${beside}`), beside)
    const aside = await setFileAside(at('gone'), 's')
    expect(
      readdirSync(toy.root)
        .filter(name => name.startsWith('gone'))
        .sort(),
    ).toEqual(['gone.before-s-wal', 'gone.before-s.wal'])
    expect(aside).toBe(at('gone.before-s'))
  })

  test('moves nothing over what was moved aside in the same second', async () => {
    const path = at('file')
    const names: (string | undefined)[] = []
    for (const text of ['first', 'second', 'third']) {
      writeFileSync(path, text)
      names.push(await setFileAside(path, 's'))
    }
    expect(names.map(name => readFileSync(name ?? '', 'utf8'))).toEqual(['first', 'second', 'third'])
  })
})
