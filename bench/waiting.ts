import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRun } from '../scheduler/kernel/run.ts'
import { openState } from '../scheduler/state/open.ts'
import { sleepStep } from './toy-work.ts'

/** A project in a folder of its own whose state store holds a night of so many steps, most of which wait for others. */
export async function houseOfWaiting(root: string, count: number): Promise<void> {
  mkdirSync(root, { recursive: true })
  const environment = {
    delivers: true,
    warehouse: { kind: 'duckdb', path: 'w.duckdb' },
    landing: 'landing',
    state: 'state.sqlite',
  }
  const config = {
    schedule: { cron: '0 2 * * *', timeZone: 'UTC' },
    connections: {},
    environments: { toy: environment },
  }
  writeFileSync(join(root, 'boomerang.config.ts'), `export const config = ${JSON.stringify(config)}\n`)
  const state = await openState({ address: join(root, 'state.sqlite') })
  const steps = Array.from({ length: count }, (_, n) =>
    sleepStep(`s${n}`, 0, { after: n < 100 ? [] : [`s${n - 100}`] }),
  )
  await createRun(state, { run: '2026-06-30-bench', slot: '2026-06-30T02:00:00.000000Z', steps }, await state.now())
  await state.close()
}
