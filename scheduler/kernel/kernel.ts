import type { Kysely } from 'kysely'
import { risks } from '../../contracts/connection.ts'
import type { Json } from '../../contracts/context.ts'
import { Fault } from '../../contracts/fault.ts'
import type { Report, Step } from '../../jobs/job.ts'
import type { PipelineArgs } from '../../jobs/pipeline.ts'
import type { State, StateTables, StepState } from '../state/state.ts'
import { type Holder, isDead } from './holder.ts'
import { crashesAllowed, retryAfter } from './retry.ts'

type Tables = Kysely<StateTables>

/** How long a claim holds without a heartbeat, in milliseconds; a process that is provably dead loses it at once. */
export const leaseMs = 60_000

/** The right to do one step, once: what is written under a token that another claim has passed is refused. */
export interface Claim {
  readonly run: string
  readonly step: Step
  readonly token: number
  readonly attempt: number
}

export interface Plan {
  readonly run: string
  readonly slot: string
  readonly steps: readonly Step[]
}

/** Remembers a run with its whole graph; the plan does not change afterwards. */
export async function createRun(state: State, { run, slot, steps }: Plan, now: number): Promise<void> {
  const known = new Set(steps.map(step => step.id))
  await state.write(async tables => {
    await tables
      .insertInto('run')
      .values({ id: run, slot, state: 'running', created_at: now, ended_at: null })
      .execute()
    for (const [ordinal, step] of steps.entries()) {
      const parents = [...new Set(step.after)].filter(parent => known.has(parent))
      await tables
        .insertInto('step')
        .values(newStep(run, { step, ordinal, parents: parents.length, now }))
        .execute()
      for (const parent of parents) await tables.insertInto('edge').values({ run, parent, child: step.id }).execute()
      await openInterval(tables, run, step)
    }
    await note(tables, { run, step: '', what: 'planned', facts: { steps: steps.length } }, now)
  })
}

const newStep = (
  run: string,
  { step, ordinal, parents, now }: { step: Step; ordinal: number; parents: number; now: number },
) => ({
  run,
  id: step.id,
  ordinal,
  risk: risks.indexOf(step.risk),
  spec: JSON.stringify(step),
  state: (parents === 0 ? 'ready' : 'waiting') as StepState,
  remaining: parents,
  attempt: 0,
  crashes: 0,
  token: 0,
  holder: null,
  lease_until: 0,
  ready_at: now,
  started_at: null,
  ended_at: null,
  report: null,
  fault: null,
})

const pipelineArgs = (step: Step): PipelineArgs | undefined => {
  const args = step.args as unknown as Partial<PipelineArgs> | null
  return args?.closes === true ? (args as PipelineArgs) : undefined
}

async function openInterval(tables: Tables, run: string, step: Step): Promise<void> {
  const args = pipelineArgs(step)
  if (args === undefined) return
  const { pipeline, connection, interval } = args
  await tables
    .insertInto('interval')
    .values({ pipeline, connection, from_at: interval.from, to_at: interval.to, state: 'open', run })
    .onConflict(conflict =>
      conflict
        .columns(['pipeline', 'connection', 'from_at'])
        .doUpdateSet({ to_at: interval.to, run })
        .where('interval.state', '=', 'open'),
    )
    .execute()
}

/** Takes a step that is ready, or whose holder is gone; undefined where it may not be taken now. */
export async function claim(
  state: State,
  wanted: { readonly run: string; readonly step: string },
  by: { readonly holder: Holder; readonly now: number },
): Promise<Claim | undefined> {
  return state.write(async tables => {
    const row = await tables
      .selectFrom('step')
      .selectAll()
      .where('run', '=', wanted.run)
      .where('id', '=', wanted.step)
      .executeTakeFirst()
    if (row === undefined || !claimable(row, by.now)) return undefined
    const step = JSON.parse(row.spec) as Step
    if (!(await isFree(tables, row.run, step))) return undefined
    const crashes = row.state === 'running' ? row.crashes + 1 : row.crashes
    if (crashes >= crashesAllowed) {
      await giveUp(tables, { run: row.run, step, fault: poisoned(step, crashes) }, by.now)
      return undefined
    }
    const { value: token } = await tables
      .updateTable('counter')
      .set(eb => ({ value: eb('value', '+', 1) }))
      .where('name', '=', 'token')
      .returning('value')
      .executeTakeFirstOrThrow()
    const attempt = row.attempt + 1
    await tables
      .updateTable('step')
      .set({
        state: 'running',
        attempt,
        crashes,
        token,
        holder: JSON.stringify(by.holder),
        lease_until: by.now + leaseMs,
        started_at: by.now,
        ended_at: null,
        fault: null,
      })
      .where('run', '=', row.run)
      .where('id', '=', row.id)
      .execute()
    await note(tables, { run: row.run, step: row.id, what: 'claimed', facts: { token, attempt } }, by.now)
    return { run: row.run, step, token, attempt }
  })
}

function claimable(row: StateTables['step'], now: number): boolean {
  if (row.state === 'ready') return row.ready_at <= now
  if (row.state !== 'running') return false
  return row.lease_until < now || (row.holder !== null && isDead(JSON.parse(row.holder) as Holder))
}

const poisoned = (step: Step, crashes: number): Fault =>
  new Fault({
    what: `the process died ${crashes} times while it did this step`,
    where: step.id,
    hint: 'Look at the log of the last tries, mend the cause, and run again.',
    retry: 'never',
  })

/** One holder of a pool, and one writer of a relation, over all processes. */
async function isFree(tables: Tables, run: string, step: Step): Promise<boolean> {
  const running = await tables.selectFrom('step').select(['run', 'id', 'spec']).where('state', '=', 'running').execute()
  return running
    .filter(row => row.run !== run || row.id !== step.id)
    .map(row => JSON.parse(row.spec) as Step)
    .every(
      other =>
        (step.pool === undefined || other.pool !== step.pool) &&
        !other.writes.some(relation => step.writes.includes(relation)),
    )
}

/** Prolongs a claim; false where it has been lost, and the work must stop. */
export async function heartbeat(state: State, held: Claim, now: number): Promise<boolean> {
  return state.write(async tables => {
    const { numUpdatedRows } = await mine(tables, held, { lease_until: now + leaseMs })
    return numUpdatedRows === 1n
  })
}

const mine = (tables: Tables, held: Claim, set: Partial<StateTables['step']>) =>
  tables
    .updateTable('step')
    .set(set)
    .where('run', '=', held.run)
    .where('id', '=', held.step.id)
    .where('state', '=', 'running')
    .where('token', '=', held.token)
    .executeTakeFirstOrThrow()

const lost = (held: Claim): Fault =>
  new Fault({
    what: 'this claim of the step was taken over by another',
    where: held.step.id,
    hint: 'Nothing of it was kept; the other claim does the step.',
    retry: 'never',
  })

/** Marks a step done and releases its children, in one transaction; a zombie's completion is refused. */
export async function finish(state: State, held: Claim, report: Report, now: number): Promise<void> {
  await state.write(async tables => {
    const { numUpdatedRows } = await mine(tables, held, {
      state: 'done',
      ended_at: now,
      report: JSON.stringify(report),
      holder: null,
    })
    if (numUpdatedRows !== 1n) throw lost(held)
    await closeInterval(tables, held.step)
    await tables.deleteFrom('resume').where('step', '=', held.step.id).execute()
    const children = tables
      .selectFrom('edge')
      .select('child')
      .where('run', '=', held.run)
      .where('parent', '=', held.step.id)
    await tables
      .updateTable('step')
      .set(eb => ({ remaining: eb('remaining', '-', 1) }))
      .where('run', '=', held.run)
      .where('id', 'in', children)
      .execute()
    await tables
      .updateTable('step')
      .set({ state: 'ready', ready_at: now })
      .where('run', '=', held.run)
      .where('state', '=', 'waiting')
      .where('remaining', '=', 0)
      .execute()
    await note(tables, { run: held.run, step: held.step.id, what: 'done', facts: { token: held.token } }, now)
    await endRun(tables, held.run, now)
  })
}

async function closeInterval(tables: Tables, step: Step): Promise<void> {
  const args = pipelineArgs(step)
  if (args === undefined) return
  await tables
    .updateTable('interval')
    .set({ state: 'closed' })
    .where('pipeline', '=', args.pipeline)
    .where('connection', '=', args.connection)
    .where('from_at', '=', args.interval.from)
    .execute()
}

/** Puts a step back for a later try, or marks it failed and everything behind it blocked. Gives the wait, or undefined. */
export async function fail(
  state: State,
  held: Claim,
  fault: Fault,
  at: { readonly now: number; readonly random: number },
): Promise<number | undefined> {
  const wait = retryAfter(
    { retry: fault.retry, waitMs: fault.waitMs, attempt: held.attempt, risk: held.step.risk },
    at.random,
  )
  await state.write(async tables => {
    if (wait === undefined) {
      const { numUpdatedRows } = await mine(tables, held, { ended_at: at.now })
      if (numUpdatedRows !== 1n) throw lost(held)
      return giveUp(tables, { run: held.run, step: held.step, fault }, at.now)
    }
    const { numUpdatedRows } = await mine(tables, held, {
      state: 'ready',
      ready_at: at.now + wait,
      ended_at: at.now,
      fault: faultText(fault),
      holder: null,
    })
    if (numUpdatedRows !== 1n) throw lost(held)
    await note(tables, { run: held.run, step: held.step.id, what: 'retried', facts: { wait, why: fault.what } }, at.now)
  })
  return wait
}

/** Gives an unfinished claim back untouched: the process is asked to stop. */
export async function release(state: State, held: Claim, now: number): Promise<void> {
  await state.write(tables =>
    mine(tables, held, { state: 'ready', ready_at: now, attempt: held.attempt - 1, holder: null }),
  )
}

const faultText = ({ what, where, hint, retry, kind }: Fault): string =>
  JSON.stringify({ what, where, hint, retry, kind })

async function giveUp(
  tables: Tables,
  failed: { readonly run: string; readonly step: Step; readonly fault: Fault },
  now: number,
): Promise<void> {
  const { run, step, fault } = failed
  await tables
    .updateTable('step')
    .set({ state: 'failed', ended_at: now, fault: faultText(fault), holder: null })
    .where('run', '=', run)
    .where('id', '=', step.id)
    .execute()
  let parents = [step.id]
  while (parents.length > 0) {
    const children = await tables
      .selectFrom('edge')
      .select('child')
      .where('run', '=', run)
      .where('parent', 'in', parents)
      .execute()
    const next = [...new Set(children.map(({ child }) => child))]
    if (next.length > 0)
      await tables
        .updateTable('step')
        .set({ state: 'blocked', fault: JSON.stringify({ what: `waits for ${step.id}, which failed` }) })
        .where('run', '=', run)
        .where('id', 'in', next)
        .where('state', '=', 'waiting')
        .execute()
    parents = next
  }
  await note(tables, { run, step: step.id, what: 'failed', facts: { why: fault.what } }, now)
  await endRun(tables, run, now)
}

/** A run's state is derived: it ends when no step can go on. */
async function endRun(tables: Tables, run: string, now: number): Promise<void> {
  const states = (await tables.selectFrom('step').select('state').distinct().where('run', '=', run).execute()).map(
    ({ state }) => state,
  )
  if (states.some(state => state === 'ready' || state === 'running' || state === 'waiting')) return
  const ended = states.every(state => state === 'done') ? 'done' : 'failed'
  await tables.updateTable('run').set({ state: ended, ended_at: now }).where('id', '=', run).execute()
}

/** Sets failed and blocked steps of a run to work again; what is done stays done. */
export async function reopen(state: State, run: string, now: number): Promise<void> {
  await state.write(async tables => {
    await tables
      .updateTable('step')
      .set({ state: 'ready', ready_at: now, attempt: 0, crashes: 0 })
      .where('run', '=', run)
      .where('state', 'in', ['failed', 'blocked'])
      .where('remaining', '=', 0)
      .execute()
    await tables
      .updateTable('step')
      .set({ state: 'waiting', attempt: 0, crashes: 0 })
      .where('run', '=', run)
      .where('state', '=', 'blocked')
      .execute()
    await tables
      .updateTable('step')
      .set({ ready_at: now })
      .where('run', '=', run)
      .where('state', '=', 'ready')
      .execute()
    await tables.updateTable('run').set({ state: 'running', ended_at: null }).where('id', '=', run).execute()
    await endRun(tables, run, now)
  })
}

/** Closes an unfinished run for good: a later one answers for what it left open. */
export async function supersede(state: State, run: string, now: number): Promise<void> {
  await state.write(async tables => {
    await tables
      .updateTable('step')
      .set({ state: 'blocked', holder: null, fault: JSON.stringify({ what: 'a later run took over' }) })
      .where('run', '=', run)
      .where('state', 'in', ['waiting', 'ready', 'running'])
      .execute()
    await tables.updateTable('run').set({ state: 'superseded', ended_at: now }).where('id', '=', run).execute()
  })
}

/** Steps that may be claimed now, gravest first: what a deliverer is to be told, however often. */
export async function claimableSteps(
  state: State,
  run: string,
  now: number,
): Promise<readonly { readonly id: string; readonly risk: number }[]> {
  const rows = await state.read
    .selectFrom('step')
    .selectAll()
    .where('run', '=', run)
    .where('state', 'in', ['ready', 'running'])
    .orderBy('risk')
    .orderBy('ordinal')
    .execute()
  return rows.filter(row => claimable(row, now)).map(({ id, risk }) => ({ id, risk }))
}

interface Note {
  readonly run: string
  readonly step: string
  readonly what: string
  readonly facts: Json
}

const note = (tables: Tables, { run, step, what, facts }: Note, now: number): Promise<unknown> =>
  tables
    .insertInto('event')
    .values({ at: now, run, step, what, facts: JSON.stringify(facts) })
    .execute()
