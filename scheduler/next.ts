import type { Project } from '../contracts/connection.ts'
import { whoIsAtWork } from './kernel/at-work.ts'
import { isAlive } from './kernel/claim.ts'
import { newestNight } from './kernel/run.ts'
import { pauseOf } from './planner/pause.ts'
import { slotAt } from './planner/slots.ts'
import type { State, StateTables } from './state/state.ts'

type Run = Pick<StateTables['run'], 'id' | 'kind' | 'slot' | 'state'>

/** The one command to type next, without `npx`, and what it does. */
export interface Next {
  readonly command: string
  readonly does: string
}

/** How the nights stand, as far as it decides what a person types. */
export interface Nights {
  /** The newest that was ever planned. */
  readonly newest: Run | undefined
  /** The end of the night that is due. */
  readonly due: string
  /** True while no night is begun. */
  readonly isPaused: boolean
  /** True while a process does steps of the newest. */
  readonly isWorkedOn: boolean
}

export interface NightsTerms {
  readonly state: State
  readonly schedule: Project['schedule']
  readonly now: Date
}

export async function nightsOf({ state, schedule, now }: NightsTerms): Promise<Nights> {
  const newest = await newestNight(state)
  return {
    newest,
    due: slotAt(schedule, now),
    isPaused: (await pauseOf(state)) !== undefined,
    isWorkedOn: newest?.state === 'running' && (await isWorkedOn(state, newest)),
  }
}

async function isWorkedOn(state: State, { id, kind }: Run): Promise<boolean> {
  const now = await state.now()
  if ((await whoIsAtWork(state, now))({ run: id, kind })) return true
  const running = await state.read
    .selectFrom('step')
    .select(['holder', 'lease_until'])
    .where('run', '=', id)
    .where('state', '=', 'running')
    .execute()
  return running.some(row => isAlive(row, now))
}

/**
 * What brings the nights on; undefined where nothing is left to do. What a night left open is done by a retry of it for as long as it is the one that
 * is due; after that the next night answers for it.
 */
export function nextOfNights({ newest, due, isPaused, isWorkedOn: works }: Nights): Next | undefined {
  if (newest !== undefined && works)
    return { command: 'boomerang status --why', does: 'says who works, and what each step waits for' }
  if ((newest === undefined || newest.slot < due) && !isPaused) return beginning(due, newest)
  if (newest === undefined || newest.state === 'done')
    return newest === undefined || newest.slot < due
      ? { command: 'boomerang schedule resume', does: 'lets nights be begun again' }
      : undefined
  if (newest.state === 'running' && !isPaused)
    return { command: 'boomerang run', does: 'goes on with the night where it stopped' }
  return retrying(newest)
}

const beginning = (due: string, newest: Run | undefined): Next => ({
  command: 'boomerang run',
  does: `the night of ${due.slice(0, 16).replace('T', ' ')}Z is due${newest === undefined || newest.state === 'done' ? '' : ', and answers for what is open'}`,
})

const retrying = ({ id }: Run): Next => ({
  command: `boomerang retry ${id}`,
  does: 'goes on from what failed; what is done stays done',
})

/** What is typed once the cause of a failure in the run is mended. A night that a later one has taken over, or will, is done by that. */
export function nextOfFailed(run: Run, nights: Nights): Next {
  const { newest, due, isPaused, isWorkedOn: works } = nights
  if (run.kind !== 'night') return retrying(run)
  const isOpen = run.state === 'running' ? works : isPaused || run.slot >= due
  if (run.id === newest?.id && isOpen) return retrying(run)
  return nextOfNights(nights) ?? { command: 'boomerang status', does: 'says how far each pipeline is' }
}
