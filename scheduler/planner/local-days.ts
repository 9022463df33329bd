import { Cron } from 'croner'
import type { Interval } from '../../contracts/connection.ts'
import { dayMs, instantOf } from '../../contracts/instant.ts'

export interface LocalDay {
  /** `2026-06-30` */
  readonly day: string
  readonly interval: Interval
}

/**
 * The days of a time zone from `from` on up to before `to`, each as the half-open interval from its first instant to that of the next: they tile,
 * also where the clocks skip or repeat midnight.
 */
export function localDays({
  from,
  to,
  timeZone,
}: {
  readonly from: string
  readonly to: string
  readonly timeZone: string
}) {
  const midnights = new Cron('0 0 * * *', { timezone: timeZone })
  const dayOf = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' })
  const days: LocalDay[] = []
  let begins = midnights.nextRun(new Date(Date.parse(from) - 2 * dayMs))
  while (begins !== null) {
    const day = dayOf.format(begins)
    if (day >= to) break
    const ends = nextDay(midnights, begins, date => dayOf.format(date) > day)
    if (day >= from) days.push({ day, interval: { from: instantOf(begins), to: instantOf(ends) } })
    begins = ends
  }
  return days as readonly LocalDay[]
}

/** A midnight that comes twice begins one day. */
function nextDay(midnights: Cron, after: Date, isLater: (date: Date) => boolean): Date {
  let next = after
  do {
    const found = midnights.nextRun(next)
    if (found === null) throw new RangeError(`no midnight after ${next.toISOString()}`)
    next = found
  } while (!isLater(next))
  return next
}
