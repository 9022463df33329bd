import { Fault } from '../../contracts/fault.ts'
import type { Step } from '../../jobs/job.ts'
import type { State, StateTables } from '../state/state.ts'
import { giveUp } from './end.ts'
import { isInLowerLane } from './graph.ts'
import { note, type Tables } from './history.ts'
import { type Holder, isDead } from './holder.ts'
import { isResting } from './pool.ts'
import { crashesAllowed } from './retry.ts'

/** How long a claim holds without a heartbeat, in milliseconds; a process that is provably dead loses it at once. */
export const leaseMs = 60_000

/** The right to do one step, once: what is written under a token that another claim has passed is refused. */
export interface Claim {
  readonly run: string
  readonly step: Step
  readonly token: number
  /** Which try this is, crashes included. */
  readonly attempt: number
  /** How many of the tries before ended with the death of their process. */
  readonly crashes: number
  /** True in the lower lane: it is given back when another needs its pool. */
  readonly givesWay: boolean
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
    if (row === undefined || !isClaimable(row, by.now)) return undefined
    const step = JSON.parse(row.spec) as Step
    const givesWay = isInLowerLane(row)
    if (!(await isFree(tables, { run: row.run, step, givesWay, now: by.now }))) return undefined
    const crashes = row.state === 'running' ? row.crashes + 1 : row.crashes
    if (crashes >= crashesAllowed) {
      await giveUp(tables, { run: row.run, step, fault: poisoned(step, crashes) }, by.now)
      return undefined
    }
    const held: Claim = {
      run: row.run,
      step,
      token: await nextToken(tables),
      attempt: row.attempt + 1,
      crashes,
      givesWay,
    }
    await hold(tables, held, by)
    return held
  })
}

/** A step that is due, or whose holder has let its lease run out or is provably dead. */
export function isClaimable(
  row: Pick<StateTables['step'], 'state' | 'ready_at' | 'holder' | 'lease_until'>,
  now: number,
): boolean {
  if (row.state === 'ready') return row.ready_at <= now
  return row.state === 'running' && !isAlive(row, now)
}

export const isAlive = (row: Pick<StateTables['step'], 'holder' | 'lease_until'>, now: number): boolean =>
  row.lease_until >= now && row.holder !== null && !isDead(JSON.parse(row.holder) as Holder)

interface Wanted extends Pick<Claim, 'run' | 'step' | 'givesWay'> {
  readonly now: number
}

/** One holder of a pool that does not rest, one writer of a relation, and one of the lower lane, over all runs and processes. Who is dead holds nothing. */
async function isFree(tables: Tables, wanted: Wanted): Promise<boolean> {
  return !(await isResting(tables, wanted.step, wanted.now)) && (await rivalTokens(tables, wanted)).length === 0
}

/** Under which tokens others work that hold the pool of the step, write what it writes, or are in the lower lane as it is. */
async function rivalTokens(tables: Tables, { run, step, givesWay, now }: Wanted): Promise<readonly number[]> {
  if (step.pool === undefined && step.writes.length === 0 && !givesWay) return []
  const running = await tables
    .selectFrom('step')
    .select(['run', 'id', 'spec', 'priority', 'token', 'holder', 'lease_until'])
    .where('state', '=', 'running')
    .execute()
  return running
    .filter(other => (other.run !== run || other.id !== step.id) && isAlive(other, now))
    .filter(other => {
      const { pool, writes } = JSON.parse(other.spec) as Step
      const sharesPool = step.pool !== undefined && pool === step.pool
      const sharesLane = givesWay && isInLowerLane(other)
      return sharesPool || sharesLane || writes.some(relation => step.writes.includes(relation))
    })
    .map(({ token }) => token)
}

const poisoned = (step: Step, crashes: number): Fault =>
  new Fault({
    what: `the process died ${crashes} times while it did this step`,
    where: step.id,
    hint: 'Look at the log of the last tries, mend the cause, and run again.',
    retry: 'never',
  })

/** From the one counter of the house: every claim, of whatever step, has a higher token than all before it. */
async function nextToken(tables: Tables): Promise<number> {
  const { value } = await tables
    .updateTable('counter')
    .set(eb => ({ value: eb('value', '+', 1) }))
    .where('name', '=', 'token')
    .returning('value')
    .executeTakeFirstOrThrow()
  return value
}

async function hold(
  tables: Tables,
  { run, step, token, attempt, crashes }: Claim,
  { holder, now }: { readonly holder: Holder; readonly now: number },
): Promise<void> {
  await tables
    .updateTable('step')
    .set({
      state: 'running',
      attempt,
      crashes,
      token,
      holder: JSON.stringify(holder),
      lease_until: now + leaseMs,
      started_at: now,
      ended_at: null,
      fault: null,
    })
    .where('run', '=', run)
    .where('id', '=', step.id)
    .execute()
  await note(tables, { run, step: step.id, what: 'claimed', facts: { token, attempt, crashes } }, now)
}

/**
 * Prolongs a claim; false where it has been lost, and the work must stop: another took the step or, while the lease had run out, its pool or
 * what it writes.
 */
export async function heartbeat(state: State, held: Claim, now: number): Promise<boolean> {
  return state.write(async tables => {
    const rivals = await rivalTokens(tables, { ...held, now })
    return rivals.every(token => token < held.token) && changeHeld(tables, held, { lease_until: now + leaseMs })
  })
}

/** Gives an unfinished claim back untouched, to be taken again after the wait: it does not count as a try. False where another has taken it. */
export async function release(state: State, held: Claim, now: number, waitMs = 0): Promise<boolean> {
  return state.write(async tables => {
    const back = { state: 'ready', attempt: held.attempt - 1, holder: null, ready_at: now + waitMs } as const
    if (!(await changeHeld(tables, held, back))) return false
    await note(tables, { run: held.run, step: held.step.id, what: 'released', facts: { token: held.token } }, now)
    return true
  })
}

/** Changes the step only while the claim's token is the step's: the fence that a zombie meets. False where it is not. */
export async function changeHeld(tables: Tables, held: Claim, set: Partial<StateTables['step']>): Promise<boolean> {
  const { numUpdatedRows } = await tables
    .updateTable('step')
    .set(set)
    .where('run', '=', held.run)
    .where('id', '=', held.step.id)
    .where('state', '=', 'running')
    .where('token', '=', held.token)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}
