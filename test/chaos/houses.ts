import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { openDuckdb } from '../../models/warehouse/duckdb/duckdb.ts'
import { openState } from '../../scheduler/state/open.ts'
import type { State } from '../../scheduler/state/state.ts'
import { compiledOnce } from '../project.ts'
import { type ToyProject, toySettings } from '../scheduler/toy/project.ts'
import { historyOf, loadedIn } from './history.ts'
import { breachesOf } from './oracle.ts'

export const toyMain = join(import.meta.dirname, '..', 'scheduler', 'toy', 'main.ts')

/** Starts a command of a project under another program, such as one that gives it another clock. */
export function startUnder(under: readonly string[], { root }: ToyProject, ...argv: readonly string[]): ChildProcess {
  const [program = '', ...args] = [...under, process.execPath, toyMain, root, ...argv]
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: compiledOnce })
  child.stdout?.resume()
  child.stderr?.resume()
  return child
}

export const isOver = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null

/** Ends a process as an operator does. */
export async function stopped(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (isOver(child)) return
  const closed = new Promise(resolve => child.once('close', resolve))
  child.kill(signal)
  await closed
}

export const fileIn = ({ root }: ToyProject, name: string): Promise<void> =>
  expect.poll(() => existsSync(join(root, name)), { timeout: 20_000, interval: 20 }).toBe(true)

export const go = ({ root }: ToyProject): void => writeFileSync(join(root, 'go'), '')

/** Which processes began steps, in order. */
export const beginners = ({ root }: ToyProject): readonly string[] =>
  readFileSync(join(root, 'who.log'), 'utf8').split('\n').filter(Boolean)

/** Sets the project on another state store, and other settings of its environment. */
export function settleToy(project: ToyProject, environment: object): void {
  project.config({ ...toySettings, environments: { toy: { ...toySettings.environments.toy, ...environment } } })
}

/** As if so much time had passed in silence that the leases of the steps that were begun so long ago, in milliseconds, have run out. */
export const leasesRunOut = (address: string, begunMs = 0): Promise<void> =>
  withStore(address, async state => {
    const before = (await state.now()) - begunMs
    await state.write(tables =>
      tables
        .updateTable('step')
        .set({ lease_until: 0 })
        .where('state', '=', 'running')
        .where('started_at', '<=', before)
        .execute(),
    )
  })

export async function withStore<T>(address: string, work: (state: State) => Promise<T>): Promise<T> {
  const state = await openState({ address })
  return work(state).finally(() => state.close())
}

/** What the oracle says of a project whose processes are gone. */
export async function breachesIn(
  { root }: ToyProject,
  address = join(root, 'state.sqlite'),
): Promise<readonly string[]> {
  const warehouse = await openDuckdb(join(root, 'warehouse.duckdb'))
  const stands = await loadedIn(warehouse).finally(() => warehouse.close())
  return withStore(address, async state => breachesOf(await historyOf(state, stands)))
}
