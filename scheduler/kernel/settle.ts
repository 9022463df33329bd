import type { Fault } from '../../contracts/fault.ts'
import type { Report } from '../../jobs/job.ts'
import { memoryOf } from '../state/resume.ts'
import type { State } from '../state/state.ts'
import { type Claim, changeHeld } from './claim.ts'
import { endRun, faultText, giveUp } from './end.ts'
import { note, type Tables } from './history.ts'
import { closeInterval } from './intervals.ts'
import { restPool } from './pool.ts'
import { retryAfter } from './retry.ts'

/**
 * Marks a step done, closes its interval and releases its children, in one transaction. False where the claim was taken over
 * by another: then nothing has changed.
 */
export async function finish(state: State, held: Claim, report: Report, now: number): Promise<boolean> {
  return state.write(async tables => {
    const done = { state: 'done', ended_at: now, report: JSON.stringify(report), holder: null } as const
    if (!(await changeHeld(tables, held, done))) return false
    await closeInterval(tables, held.step)
    await tables.deleteFrom('resume').where('step', '=', memoryOf(held.step)).execute()
    await releaseChildren(tables, held)
    await note(tables, { run: held.run, step: held.step.id, what: 'done', facts: { token: held.token } }, now)
    await endRun(tables, held.run, now)
    return true
  })
}

async function releaseChildren(tables: Tables, { run, step }: Claim): Promise<void> {
  const children = tables.selectFrom('edge').select('child').where('run', '=', run).where('parent', '=', step.id)
  await tables
    .updateTable('step')
    .set(eb => ({
      remaining: eb('remaining', '-', 1),
      state: eb
        .case()
        .when(eb.and([eb('remaining', '=', 1), eb('state', '=', 'waiting')]))
        .then('ready' as const)
        .else(eb.ref('state'))
        .end(),
    }))
    .where('run', '=', run)
    .where('id', 'in', children)
    .execute()
}

export type Settled = { readonly as: 'retried'; readonly waitMs: number } | { readonly as: 'failed' | 'lost' }

/** The longest time, in milliseconds, for which a pool is left alone because the outside asks for that: what says a century would end the nights. */
const longestAskedMs = 24 * 60 * 60_000

/**
 * Puts a step back for a later try, or marks it failed and everything behind it blocked. `lost`: the claim was taken over by
 * another, and nothing has changed.
 */
export async function fail(
  state: State,
  held: Claim,
  fault: Fault,
  at: { readonly now: number; readonly random: number },
): Promise<Settled> {
  const { retry } = fault
  const waitMs = fault.waitMs === undefined ? undefined : Math.min(fault.waitMs, longestAskedMs)
  const tried = held.attempt - held.crashes
  const wait = retryAfter({ retry, waitMs, attempt: tried, risk: held.step.risk }, at.random)
  return state.write(async tables => {
    if (wait === undefined) {
      if (!(await changeHeld(tables, held, { ended_at: at.now }))) return { as: 'lost' }
      await giveUp(tables, { run: held.run, step: held.step, fault }, at.now)
      await restPool(tables, held.step, { waitMs, now: at.now })
      return { as: 'failed' }
    }
    const again = {
      state: 'ready',
      ready_at: at.now + wait,
      ended_at: at.now,
      fault: faultText(fault),
      holder: null,
    } as const
    if (!(await changeHeld(tables, held, again))) return { as: 'lost' }
    await restPool(tables, held.step, { waitMs, now: at.now })
    await note(tables, { run: held.run, step: held.step.id, what: 'retried', facts: { wait, why: fault.what } }, at.now)
    return { as: 'retried', waitMs: wait }
  })
}
