import { toFault } from '../../contracts/fault.ts'
import type { Catalogue } from '../../jobs/job.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Office } from '../office.ts'
import { tick, tickMs } from '../planner/ticks.ts'
import { look } from './look.ts'
import { notePlanning } from './planning.ts'
import { tell } from './tell.ts'

/** The longest time, in milliseconds, for which a command stays to tell of what it did. */
const stayMs = 20_000

/** Looks and tells at each tick, until the signal aborts. */
export const watch = (office: Office, catalogue: Catalogue, signal: AbortSignal): Promise<void> =>
  tick({ everyMs: tickMs, look: () => lookAndTell(office, catalogue, signal), signal })

/** Whatever stands in its way is logged: no night fails because nobody could be told of it. */
export async function lookAndTell(office: Office, catalogue: Catalogue, signal: AbortSignal): Promise<void> {
  const { state, project, environment, outside } = office
  try {
    await look({ state, project, environment, catalogue, now: outside.now() })
    await tell(office, signal)
  } catch (error) {
    logTrouble(office, error)
  }
}

/** Does what a command does, and then looks and tells, however it ended; who has interrupted it is not kept waiting. */
export async function thenTell(office: Office, catalogue: Catalogue, does: () => Promise<number>): Promise<number> {
  const leave = (): Promise<void> => lookAndTell(office, catalogue, AbortSignal.timeout(stayMs))
  try {
    const code = await does()
    if (code !== exitCodes.interrupted.code) await leave()
    return code
  } catch (error) {
    await leave()
    throw error
  }
}

/** As a planner that does not look again by itself: writes down whether the night could be planned. */
export async function planning<T>(office: Office, plan: () => Promise<T>): Promise<T> {
  try {
    const planned = await plan()
    await noted(office, { ticks: false })
    return planned
  } catch (error) {
    await notedFault(office, error, false)
    throw error
  }
}

/** What another process holds is no trouble of the planner. */
export async function notedFault(office: Office, error: unknown, ticks: boolean): Promise<void> {
  const fault = office.outside.masked(toFault(error, 'the planner'))
  await noted(office, fault.kind === 'held' ? { ticks } : { ticks, fault })
}

export async function noted(office: Office, what: Parameters<typeof notePlanning>[1]): Promise<void> {
  await notePlanning(office.state, what).catch(error => logTrouble(office, error))
}

function logTrouble({ outside }: Office, error: unknown): void {
  const { what, where } = outside.masked(toFault(error, 'alerts'))
  outside.logs.to('alerts')('trouble', { what, where })
}
