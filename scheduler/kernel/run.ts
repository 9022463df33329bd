import { randomUUID } from 'node:crypto'
import { risks } from '../../contracts/connection.ts'
import { Fault } from '../../contracts/fault.ts'
import type { Step } from '../../jobs/job.ts'
import type { RunKind, State, StateTables } from '../state/state.ts'
import { isAlive } from './claim.ts'
import { endRun } from './end.ts'
import { checkGraph, prioritiesOf } from './graph.ts'
import { note, type Tables } from './history.ts'
import type { Holder } from './holder.ts'
import { openInterval } from './intervals.ts'

export interface Plan {
  readonly run: string
  /** A night where it is absent. */
  readonly kind?: RunKind
  /** What it answers for, planned once: a night by its end. */
  readonly slot: string
  readonly steps: readonly Step[]
  /** True where it answers for what the unfinished runs of its kind left open, too: they are closed for good. */
  readonly supersedes?: true
}

/**
 * Remembers a run with its whole graph; the plan does not change afterwards. Gives the run of the slot: another one, untouched,
 * where another process was faster. A Fault where it would supersede a run that a live process works on.
 */
export async function createRun(
  state: State,
  { run, kind = 'night', slot, steps, supersedes }: Plan,
  now: number,
): Promise<string> {
  checkGraph(steps)
  return state.write(async tables => {
    const standing = await tables.selectFrom('run').select('id').where('slot', '=', slot).executeTakeFirst()
    if (standing !== undefined) return standing.id
    if (supersedes === true) await supersede(tables, kind, now)
    await tables
      .insertInto('run')
      .values({ id: run, slot, kind, state: 'running', created_at: now, ended_at: null })
      .execute()
    await insertSteps(tables, { run, kind, steps })
    await note(tables, { run, step: '', what: 'planned', facts: { steps: steps.length } }, now)
    await endRun(tables, run, now)
    return run
  })
}

/** Says which night it is; the rest tells it from one that was planned elsewhere at the same moment. */
export const nightId = (slot: string): string => `${slot.slice(0, 10)}-${randomUUID().slice(0, 8)}`

/** The run of that id, or the only one whose id begins so; a Fault where there is none, or where a later one has taken over. */
export async function runNamed({ read }: State, named: string): Promise<StateTables['run']> {
  const begins = named.replaceAll(/[%_]/g, '')
  /** A name that was left empty, by a script say, means none, not the only one. */
  const found =
    begins === '' ? [] : await read.selectFrom('run').selectAll().where('id', 'like', `${begins}%`).execute()
  const [run, ...more] = found.some(({ id }) => id === named) ? found.filter(({ id }) => id === named) : found
  if (run === undefined || more.length > 0)
    throw new Fault({
      what:
        run === undefined ? `there is no run ${named}` : `${named} may be ${found.map(({ id }) => id).join(' or ')}`,
      where: 'the state store',
      hint: '`boomerang runs` lists them.',
      retry: 'never',
    })
  if (run.state !== 'superseded') return run
  throw new Fault({
    what: `a later run answers for what ${run.id} left open`,
    where: 'the state store',
    hint: '`boomerang runs` lists them; `boomerang run` does the night that is due.',
    retry: 'never',
  })
}

export const newestNight = ({ read }: State): Promise<StateTables['run'] | undefined> =>
  read.selectFrom('run').selectAll().where('kind', '=', 'night').orderBy('slot', 'desc').executeTakeFirst()

/**
 * Gives a run that is not done the graph of the project as it is now. What was done may be done over: a landing that stands is not
 * fetched, a load that stands is not repeated, and a sync sends only changes. A Fault while a live process works on it.
 */
export async function replan(state: State, { run, slot, steps }: Omit<Plan, 'kind'>, now: number): Promise<void> {
  checkGraph(steps)
  await state.write(async tables => {
    await refuseWhileWorkedOn(tables, { id: run, slot, kind: 'night' }, now)
    await tables.deleteFrom('edge').where('run', '=', run).execute()
    await tables.deleteFrom('step').where('run', '=', run).execute()
    await tables.updateTable('run').set({ state: 'running', ended_at: null }).where('id', '=', run).execute()
    await insertSteps(tables, { run, kind: 'night', steps })
    await note(tables, { run, step: '', what: 'planned', facts: { steps: steps.length } }, now)
    await endRun(tables, run, now)
  })
}

async function insertSteps(
  tables: Tables,
  { run, kind, steps }: Pick<Plan, 'run' | 'steps'> & { readonly kind: RunKind },
): Promise<void> {
  const priorities = prioritiesOf(kind, steps)
  const rows = steps.map((step, ordinal) =>
    newStep(run, { step, ordinal, priority: priorities.get(step.id) ?? 0, parents: new Set(step.after).size }),
  )
  const edges = steps.flatMap(({ id, after }) => [...new Set(after)].map(parent => ({ run, parent, child: id })))
  for (const some of inBatches(rows)) await tables.insertInto('step').values(some).execute()
  for (const some of inBatches(edges)) await tables.insertInto('edge').values(some).execute()
  for (const step of steps) await openInterval(tables, run, step)
}

/** A statement has room for so many rows. */
const rowsAtOnce = 500

const inBatches = <T>(rows: readonly T[]): readonly T[][] =>
  Array.from({ length: Math.ceil(rows.length / rowsAtOnce) }, (_, n) =>
    rows.slice(n * rowsAtOnce, (n + 1) * rowsAtOnce),
  )

interface NewStep {
  readonly step: Step
  readonly ordinal: number
  readonly priority: number
  readonly parents: number
}

const newStep = (run: string, { step, ordinal, priority, parents }: NewStep): StateTables['step'] => ({
  run,
  id: step.id,
  ordinal,
  risk: risks.indexOf(step.risk),
  pool: step.pool ?? null,
  priority,
  spec: JSON.stringify(step),
  state: parents === 0 ? 'ready' : 'waiting',
  remaining: parents,
  attempt: 0,
  crashes: 0,
  token: 0,
  holder: null,
  lease_until: 0,
  ready_at: 0,
  started_at: null,
  ended_at: null,
  report: null,
  fault: null,
})

/** Sets failed and blocked steps of a run to work again, at once; what is done stays done, what is being done goes on. */
export async function reopen(state: State, run: string, now: number): Promise<void> {
  await state.write(async tables => {
    const undone = tables
      .updateTable('step')
      .where('run', '=', run)
      .where('state', 'in', ['failed', 'blocked', 'ready'])
    const fresh = { attempt: 0, crashes: 0 }
    await undone
      .set({ ...fresh, state: 'waiting' })
      .where('remaining', '>', 0)
      .execute()
    await undone
      .set({ ...fresh, state: 'ready', ready_at: 0 })
      .where('remaining', '=', 0)
      .execute()
    await tables.updateTable('run').set({ state: 'running', ended_at: null }).where('id', '=', run).execute()
    await note(tables, { run, step: '', what: 'reopened', facts: {} }, now)
    await endRun(tables, run, now)
  })
}

/** Closes all unfinished runs of a kind for good: a later one answers for what they left open. A Fault while a live process works on one. */
export const supersedeUnfinished = (state: State, kind: RunKind, now: number): Promise<void> =>
  state.write(tables => supersede(tables, kind, now))

async function supersede(tables: Tables, kind: RunKind, now: number): Promise<void> {
  const runs = await tables
    .selectFrom('run')
    .selectAll()
    .where('kind', '=', kind)
    .where('state', 'in', ['running', 'failed'])
    .execute()
  for (const run of runs) {
    await refuseWhileWorkedOn(tables, run, now)
    await tables
      .updateTable('step')
      .set({ state: 'blocked', holder: null, fault: JSON.stringify({ what: 'a later run took over' }) })
      .where('run', '=', run.id)
      .where('state', 'in', ['waiting', 'ready', 'running'])
      .execute()
    await tables.updateTable('run').set({ state: 'superseded', ended_at: now }).where('id', '=', run.id).execute()
    await note(tables, { run: run.id, step: '', what: 'superseded', facts: {} }, now)
  }
}

/**
 * Ends a run before it is done; only a person begins it again. What works on a step of it hears so at its next heartbeat, and keeps nothing of that step; what it
 * writes in this very moment may still be written, whole. Gives how many steps were not done.
 */
export async function cancelRun(state: State, run: string, now: number): Promise<number> {
  return state.write(async tables => {
    const { numUpdatedRows } = await tables
      .updateTable('step')
      .set({ state: 'blocked', holder: null, fault: JSON.stringify({ what: 'the run was cancelled' }) })
      .where('run', '=', run)
      .where('state', 'in', ['waiting', 'ready', 'running'])
      .executeTakeFirstOrThrow()
    await tables.updateTable('run').set({ state: 'cancelled', ended_at: now }).where('id', '=', run).execute()
    await note(tables, { run, step: '', what: 'cancelled', facts: {} }, now)
    return Number(numUpdatedRows)
  })
}

async function refuseWhileWorkedOn(
  tables: Tables,
  run: Pick<StateTables['run'], 'id' | 'slot' | 'kind'>,
  now: number,
): Promise<void> {
  const running = await tables
    .selectFrom('step')
    .select(['id', 'holder', 'lease_until'])
    .where('run', '=', run.id)
    .where('state', '=', 'running')
    .execute()
  const live = running.find(row => isAlive(row, now))
  if (live === undefined) return
  const { pid, host } = JSON.parse(live.holder ?? '{}') as Holder
  throw new Fault({
    what: `process ${pid} on ${host} still works on ${run.kind === 'night' ? `the night of ${run.slot.slice(0, 16)}Z` : run.slot}, at "${live.id}"`,
    where: `run ${run.id}`,
    hint: 'Wait until it has ended, or stop it, and run again; nothing was done.',
    retry: 'later',
    kind: 'held',
  })
}
