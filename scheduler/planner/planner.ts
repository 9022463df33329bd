import type { Project } from '../../contracts/connection.ts'
import type { Catalogue } from '../../jobs/job.ts'
import { createRun, newestNight, nightId } from '../kernel/run.ts'
import type { Office } from '../office.ts'
import type { StateTables } from '../state/state.ts'
import { pauseOf } from './pause.ts'
import { closedEnds, planNight } from './plan-night.ts'
import { nextSlot, slotAt } from './slots.ts'

/** The run of a night that has now been planned, or why none was. */
export type Planned =
  | { readonly state: 'planned'; readonly run: string; readonly slot: string; readonly steps: number }
  | { readonly state: 'nothing due' | 'still working' | 'paused' }

/**
 * Plans the night that is due, once, however many planners ask: a night is its slot. The one before is waited for while it works; what a
 * failed one left open, the next one answers for.
 */
export async function planDue(
  { project, environment, state, outside }: Office,
  catalogue: Catalogue,
  since: Date,
): Promise<Planned> {
  const newest = await newestNight(state)
  const slot = dueSlot(project.schedule, { newest, now: outside.now(), since })
  if (slot === undefined) return { state: 'nothing due' }
  if (newest?.state === 'running') return { state: 'still working' }
  if ((await pauseOf(state)) !== undefined) return { state: 'paused' }
  const steps = await planNight({ project, environment, catalogue, at: slot, ends: await closedEnds(state) })
  const run = nightId(slot)
  const begun = await createRun(state, { run, slot, steps, supersedes: true }, await state.now())
  return begun === run ? { state: 'planned', run, slot, steps: steps.length } : { state: 'nothing due' }
}

export interface Nights {
  /** The newest night that was ever planned. */
  readonly newest: Pick<StateTables['run'], 'slot'> | undefined
  readonly now: Date
  /** When the planner began to look: nights before it were missed. */
  readonly since: Date
}

/**
 * The end of the night to plan now. Of those that were missed, `all` takes each, the oldest first; `latest` the newest, whose intervals reach
 * back over them; `none` waits for the next, which reaches back as well: no policy leaves a record out.
 */
export function dueSlot(schedule: Project['schedule'], { newest, now, since }: Nights): string | undefined {
  const latest = slotAt(schedule, now)
  if (newest !== undefined && newest.slot >= latest) return undefined
  if (schedule.catchUp === 'all' && newest !== undefined) return nextSlot(schedule, new Date(newest.slot))
  return schedule.catchUp === 'none' && Date.parse(latest) < since.getTime() ? undefined : latest
}
