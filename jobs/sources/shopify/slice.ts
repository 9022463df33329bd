import type { Interval } from '../../../contracts/connection.ts'
import { dayMs } from '../../../contracts/instant.ts'

/** How a list compares its records' `updated_at`: to the second, by the day (nobody says in which time zone), or not at all; or their `created_at`. */
export type Clock = 'second' | 'day' | 'created' | 'none'

export const clockWords: Readonly<Record<Clock, string>> = {
  second: 'updatedAt, to the second',
  day: 'updatedAt, by the day',
  created: 'createdAt',
  none: 'none: all of it is read',
}

/**
 * How far each interval reaches back over the one before it: the index that a filter searches lags behind the records, by a minute and more,
 * and a clock may be wrong, ours or the shop's, by ten.
 */
export const settleMs = 20 * 60 * 1000

/** A part of a list: the records that changed within a time, and among them those whose ids lie in a range. */
export interface Slice {
  /** In the list's clock, since 1970: [from, to), or everything from `from` on. Absent: whatever the time. */
  readonly time?: { readonly from: number; readonly to?: number }
  /** The numbers at the end of ids: from and to included. */
  readonly ids?: Span
}

export interface Span {
  readonly from: number
  readonly to: number
}

/**
 * All that changed since the instant, with no upper end: a record that changes again between the interval's end and the reading
 * would otherwise be in neither its old version nor its new one. The next interval reads it once more, which is harmless.
 * By the day it begins one day earlier, whatever time zone the shop counts in.
 */
export function sliceSince(clock: Clock, from: string): Slice {
  if (clock === 'none') return {}
  const at = Math.floor(Date.parse(from) / unitMs[clock])
  return { time: { from: clock === 'day' ? at - 1 : at } }
}

/** What changed in the interval, and whole units of the clock around it: for days of the past, whose later changes nights have read. */
export function sliceOf(clock: Clock, { from, to }: Interval): Slice {
  const { time } = sliceSince(clock, from)
  if (time === undefined || clock === 'none') return {}
  return { time: { ...time, to: Math.ceil(Date.parse(to) / unitMs[clock]) } }
}

/** A list of the last so many days, read again in so many nights, one share each. */
export interface Rolling {
  readonly days: number
  readonly nights: number
}

/** The share of the night that ends at the instant. A round of nights shares the days before its first among it, so that none falls between two. */
export function shareOf({ days, nights }: Rolling, to: string): Slice {
  const today = Math.floor(Date.parse(to) / dayMs)
  const share = days / nights
  const from = today - (today % nights) - days + (today % nights) * share
  const [first, end] = [from, from + share].map(day => Math.floor((day * dayMs) / unitMs.created))
  return { time: { from: first as number, to: end as number } }
}

/**
 * The slice as a search text; undefined where it is the whole list. Instants are quoted, or Shopify reads them as a day; `>=` and `<`
 * have no edge case, unlike `>`.
 */
export function filterOf(clock: Clock, { time, ids }: Slice): string | undefined {
  const field = clock === 'created' ? 'created_at' : 'updated_at'
  const terms = [
    ...(time === undefined ? [] : [`${field}:>='${pointText(clock, time.from)}'`]),
    ...(time?.to === undefined ? [] : [`${field}:<'${pointText(clock, time.to)}'`]),
    ...(ids === undefined ? [] : [`id:>=${ids.from}`, `id:<=${ids.to}`]),
  ]
  return terms.length === 0 ? undefined : terms.join(' AND ')
}

/**
 * Two slices that hold together what the one held: halves of its time, and within one second (or day) halves of its ids. `ids` are the
 * bounds of what it holds. Undefined where it is a single record.
 */
export function split(
  slice: Slice,
  { now, ids }: { readonly now: number; readonly ids: Span },
): readonly [Slice, Slice] | undefined {
  const { time } = slice
  if (time !== undefined) {
    const end = time.to ?? Math.max(now, time.from) + 1
    const middle = Math.floor((time.from + end) / 2)
    if (middle > time.from)
      return [
        { ...slice, time: { from: time.from, to: middle } },
        { ...slice, time: { ...time, from: middle } },
      ]
  }
  const middle = Math.floor((ids.from + ids.to) / 2)
  if (ids.from >= ids.to) return undefined
  return [
    { ...slice, ids: { from: ids.from, to: middle } },
    { ...slice, ids: { from: middle + 1, to: ids.to } },
  ]
}

export const pointOf = (clock: Clock, at: Date): number =>
  clock === 'none' ? 0 : Math.floor(at.getTime() / unitMs[clock])

const unitMs = { second: 1000, created: 1000, day: dayMs } as const

const pointText = (clock: Clock, point: number): string => {
  const text = new Date(point * unitMs[clock === 'none' ? 'second' : clock]).toISOString()
  return clock === 'day' ? text.slice(0, 10) : text.replace('.000Z', 'Z')
}
