import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDuckdb } from '../../models/warehouse/duckdb/duckdb.ts'
import { noSmallDisk } from '../redis.ts'
import { type ToyProject, toyProject, toySettings } from '../scheduler/toy/project.ts'
import { historyOf, loadedIn } from './history.ts'
import { toyMain, withStore } from './houses.ts'
import { breachesOf } from './oracle.ts'

/** Puts the project's data on a disk of its own that only this command sees; runs a night, makes room, runs it again, and brings back what stands. */
const script = `set -u
mount -t tmpfs -o size=60m none "$DISK"
head -c "$BALLAST" /dev/zero > "$DISK/ballast"
"$NODE" "$MAIN" "$ROOT" run > "$ROOT/first.txt" 2>&1; echo $? > "$ROOT/first.code"
rm "$DISK/ballast"
"$NODE" "$MAIN" "$ROOT" run > "$ROOT/second.txt" 2>&1; echo $? > "$ROOT/second.code"
cp -r "$DISK/." "$ROOT/after"`

describe.skipIf(noSmallDisk !== undefined)(noSmallDisk ?? 'a disk that becomes full', { timeout: 120_000 }, () => {
  let project: ToyProject
  let after: string
  beforeEach(() => {
    project = toyProject()
    after = join(project.root, 'after')
  })
  afterEach(() => project.remove())

  const text = (name: string): string => readFileSync(join(project.root, name), 'utf8')

  function settled(onDisk: object): void {
    const disk = join(project.root, 'disk')
    mkdirSync(disk)
    project.config({ ...toySettings, environments: { toy: { ...toySettings.environments.toy, ...onDisk } } })
  }

  const nights = (ballast: number): void =>
    void execFileSync('unshare', ['-rm', 'sh', '-c', script], {
      env: {
        ...process.env,
        NODE: process.execPath,
        MAIN: toyMain,
        ROOT: project.root,
        DISK: join(project.root, 'disk'),
        BALLAST: String(ballast),
      },
    })

  async function effects(warehouse: string): Promise<readonly string[]> {
    const opened = await openDuckdb(warehouse)
    try {
      const found = await opened.query({ sql: 'select id, count(*)::int as n from toy.effect group by id order by id' })
      const bulk = await opened.query({ sql: 'select count(*)::int as n from toy.bulk' })
      return [...found.map(({ id, n }) => `${id} ${n}`), `bulk ${bulk[0]?.n}`]
    } finally {
      await opened.close()
    }
  }

  test('under the warehouse fails the step with its words, leaves nothing half, and is no matter once there is room', async () => {
    settled({ warehouse: { kind: 'duckdb', path: 'disk/warehouse.duckdb' } })
    project.plan([{ id: 'a' }, { id: 'b', after: ['a'], rows: 600_000 }, { id: 'c', after: ['a'] }])
    nights(57_000_000)
    expect(text('first.code').trim(), text('first.txt')).toBe('1')
    expect(text('first.txt')).toMatch(/no space left|disk is full|out of disk/i)
    expect(text('second.code').trim()).toBe('0')
    expect(await effects(join(after, 'warehouse.duckdb'))).toEqual(['a 1', 'b 1', 'c 1', 'bulk 600000'])
    const warehouse = await openDuckdb(join(after, 'warehouse.duckdb'))
    const stands = await loadedIn(warehouse).finally(() => warehouse.close())
    await withStore(join(project.root, 'state.sqlite'), async state =>
      expect(breachesOf(await historyOf(state, stands))).toEqual([]),
    )
  })

  test('under the state store stops the night with its words, and the next goes on from what was written', async () => {
    settled({ state: 'disk/state.sqlite' })
    project.plan(Array.from({ length: 40 }, (_, n) => ({ id: `s${n}`, ...(n === 0 ? {} : { after: [`s${n - 1}`] }) })))
    nights(62_400_000)
    expect(text('first.code').trim()).not.toBe('0')
    expect(text('first.txt')).toMatch(/full|no space left/i)
    expect(text('second.code').trim()).toBe('0')
    expect(Object.values(await project.effects())).toEqual(Array(40).fill(1))
    await withStore(join(after, 'state.sqlite'), async state => expect(breachesOf(await historyOf(state))).toEqual([]))
  })
})
