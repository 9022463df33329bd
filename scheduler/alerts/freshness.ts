import type { Interval } from '../../contracts/connection.ts'
import { type Schedule, slotAt } from '../planner/slots.ts'

/** What one pipeline has of what it promises: all that is asked to say whether it is late. */
export interface Line {
  /** Where its connection begins: what lies before is not asked for. */
  readonly since: string
  /** At most once in this time, in milliseconds, it is read; 0 where each night reads it. */
  readonly every: number
  /** Every interval that a run has ever answered for, in any order; they may overlap. */
  readonly closed: readonly Interval[]
  readonly open: readonly Interval[]
  /** The end of the first night that was to read it; asked for only where nothing is closed yet. */
  readonly firstNight: string | undefined
}

/** `upTo`: closed from the first interval on without a gap; `beyond`: where it is closed again behind a gap. */
export interface Freshness {
  readonly late: boolean
  readonly upTo: string
  readonly beyond: string | undefined
}

/**
 * How far a pipeline is, and whether that is too little by `due`, the end of a night whose time is over. Only what is closed without a gap
 * counts: an interval that lies before the first or behind a gap changes nothing. Undefined where no night that is due was to read it yet.
 */
export function freshnessOf({ since, every, closed, open, firstNight }: Line, due: string): Freshness | undefined {
  const begins = [...closed, ...open].filter(({ to }) => to > since).map(({ from }) => (from < since ? since : from))
  const [first] = begins.toSorted()
  if (first === undefined) return undefined
  let upTo = first
  let beyond: string | undefined
  for (const { from, to } of closed.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
    if (to <= upTo) continue
    if (from > upTo) {
      beyond = from
      break
    }
    upTo = to
  }
  if (closed.length === 0 && (firstNight === undefined || due < firstNight)) return undefined
  return { late: upTo < due && Date.parse(due) - Date.parse(upTo) >= every, upTo, beyond }
}

/** The end of the newest night that has been over for as long as its pipelines may take. */
export const nightDue = (schedule: Schedule, now: Date, graceMs: number): string =>
  slotAt(schedule, new Date(now.getTime() - graceMs))

const longestGraceMs = 4 * 60 * 60 * 1000

/** How long after a night's end a pipeline may be open where the settings do not say: four hours, or half the time between nights. */
export function usualGrace(schedule: Schedule, now: Date): number {
  const last = Date.parse(slotAt(schedule, now))
  const before = Date.parse(slotAt(schedule, new Date(last - 1)))
  return Math.min(longestGraceMs, (last - before) / 2)
}
