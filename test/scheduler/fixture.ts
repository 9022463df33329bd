import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Step } from '../../jobs/job.ts'
import { type Claim, claim } from '../../scheduler/kernel/claim.ts'
import { type Holder, thisProcess } from '../../scheduler/kernel/holder.ts'
import { openSqlite } from '../../scheduler/state/sqlite.ts'
import type { State, StepState } from '../../scheduler/state/state.ts'

/** A folder for one test, and a real state store in it. */
export interface Place {
  readonly folder: string
  readonly file: string
  readonly state: State
  end(): Promise<void>
}

export async function newPlace(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'boomerang-state-'))
  const file = join(folder, 'state.sqlite')
  const state = await openSqlite(file)
  return {
    folder,
    file,
    state,
    async end() {
      await state.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export const step = (id: string, more: Partial<Step> = {}): Step => ({
  id,
  job: 'toy',
  args: {},
  after: [],
  writes: [],
  risk: 'operational',
  ...more,
})

/** A load step that closes the interval of the pipeline `orders` on `north`. */
export const loading = (id: string, from: string, to: string): Step =>
  step(id, { args: { pipeline: 'orders', connection: 'north', interval: { from, to }, closes: true } })

/** A process that is certainly gone: this machine gives no such pid. */
export const deadHolder: Holder = { ...thisProcess(), pid: 2 ** 22 + 7 }
/** One of another machine: nothing is known of it. */
export const farHolder: Holder = { pid: 1, host: 'another machine', started: '' }

export async function claimed(
  state: State,
  id: string,
  {
    run = 'r',
    now = 0,
    holder = thisProcess(),
  }: { readonly run?: string; readonly now?: number; readonly holder?: Holder } = {},
): Promise<Claim> {
  const held = await claim(state, { run, step: id }, { holder, now })
  if (held === undefined) throw new Error(`${id} cannot be claimed`)
  return held
}

export async function statesOf(state: State, run = 'r'): Promise<Readonly<Record<string, StepState>>> {
  const rows = await state.read
    .selectFrom('step')
    .select(['id', 'state'])
    .where('run', '=', run)
    .orderBy('ordinal')
    .execute()
  return Object.fromEntries(rows.map(row => [row.id, row.state]))
}

export async function runState(state: State, run = 'r'): Promise<string | undefined> {
  return (await state.read.selectFrom('run').select('state').where('id', '=', run).executeTakeFirst())?.state
}
