import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { Publication, Unit } from '../../models/warehouse/warehouse.ts'
import { type Bench, faultOf, ready, things, unit } from './warehouse.ts'

const patience = 60_000

export function processFacts(bench: Bench): void {
  const { place, warehouse, leave, path, file } = bench

  describe('a process', () => {
    test('that is killed before its unit is committed leaves nothing of it', { timeout: patience }, async () => {
      await warehouse().apply(unit('ground', ...ready))
      await leave()
      const marker = file('begun')
      const child = second(bench, 'apply-then-die', {
        ...unit('killed', "insert into raw.thing values (1, 'lost')"),
        statements: [{ sql: "insert into raw.thing values (1, 'lost')" }, ...place.endless(marker)],
      })
      await appears(marker)
      child.kill('SIGKILL')
      await ended(child)

      const again = await place.open(path())
      expect(await things(again)).toEqual([])
      expect(await again.query({ sql: 'select key from ops.loads' })).toEqual([{ key: 'ground' }])
      await again.close()
    })

    test('that is killed after its unit was applied leaves all of it', { timeout: patience }, async () => {
      await leave()
      const work = unit('killed', ...ready, "insert into raw.thing select id, 'kept' from range(50000) as r(id)")
      const child = second(bench, 'apply-then-die', work)
      expect(await ended(child)).toBe('SIGKILL')

      const again = await place.open(path())
      expect(await again.query({ sql: 'select count(*) as n from raw.thing' })).toEqual([{ n: 50_000n }])
      expect(await again.apply(work)).toBe('already')
      await again.close()
    })

    test('that is killed after it has published leaves what it published', { timeout: patience }, async () => {
      await warehouse().publish({
        relation: 'marts.thing',
        kind: 'view',
        token: 1,
        select: 'select 1 as id',
        audits: [],
      })
      await leave()
      const select = 'select * from range(50000) as r(id)'
      const work: Publication = { relation: 'marts.thing', kind: 'table', token: 2, select, audits: [] }
      expect(await ended(second(bench, 'publish-then-die', work))).toBe('SIGKILL')

      const again = await place.open(path())
      expect(await again.query({ sql: 'select count(*) as n from marts.thing' })).toEqual([{ n: 50_000n }])
      expect(await again.query({ sql: 'select kind, token from ops.builds' })).toEqual([{ kind: 'table', token: 2n }])
      await again.close()
    })

    test('is told which other holds the warehouse, and may open it once that has closed it', {
      timeout: patience,
    }, async () => {
      await leave()
      const child = second(bench, 'hold')
      await once(child.stdout as NonNullable<typeof child.stdout>, 'data')
      const fault = await faultOf(place.open(path()))
      expect(fault.what).toContain(`pid ${child.pid}`)
      expect(fault.retry).toBe('later')
      child.stdin?.end()
      await ended(child)
      await (await place.open(path())).close()
    })

    test('may open what it holds a second time, and holds it until both are closed', {
      timeout: patience,
    }, async () => {
      const other = await place.open(path())
      await other.apply(unit('load', ...ready, "insert into raw.thing values (1, 'one')"))
      await other.close()
      expect(await things(warehouse())).toHaveLength(1)
      expect(await ended(second(bench, 'hold'))).not.toBe(0)
      await leave()
      const child = second(bench, 'hold')
      child.stdin?.end()
      expect(await ended(child)).toBe(0)
    })
  })
}

function second(
  { place, path }: Bench,
  task: 'apply-then-die' | 'publish-then-die' | 'hold',
  work?: Unit | Publication,
): ChildProcess {
  const script = fileURLToPath(new URL('./warehouse-child.ts', import.meta.url))
  const { url, exported } = place.module
  return spawn(process.execPath, [script, url, exported, path(), task, JSON.stringify(work ?? null)], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
}

/** The exit code, or the signal that ended it. */
async function ended(child: ChildProcess): Promise<number | string | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.signalCode ?? child.exitCode
}

async function appears(path: string): Promise<void> {
  const there = (): Promise<boolean> =>
    access(path).then(
      () => true,
      () => false,
    )
  const watcher = watch(dirname(path))
  try {
    while (!(await there())) await once(watcher, 'change')
  } finally {
    watcher.close()
  }
}
