import { Cron } from 'croner'
import { instantOf } from '../../contracts/instant.ts'

export interface Schedule {
  readonly cron: string
  readonly timeZone: string
}

/** The latest instant of the schedule that is not after `now`: the end of the night that is due. */
export function slotAt({ cron, timeZone }: Schedule, now: Date): string {
  const job = new Cron(cron, { timezone: timeZone })
  const [last] = job.previousRuns(1, new Date(now.getTime() + 1))
  if (last === undefined || last === null)
    throw new TypeError(`the schedule "${cron}" has no instant before ${now.toISOString()}`)
  return instantOf(last)
}

/** The next instant of the schedule after `now`. */
export function nextSlot({ cron, timeZone }: Schedule, now: Date): string | undefined {
  const next = new Cron(cron, { timezone: timeZone }).nextRun(now)
  return next === null ? undefined : instantOf(next)
}
