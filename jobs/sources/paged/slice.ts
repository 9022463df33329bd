import type { Interval } from '../../../contracts/connection.ts'

/** A part of a list: the records of a time, and among them those whose ids lie in a range. */
export interface Slice {
  /** Whole seconds since 1970: [from, to), or everything from `from` on. */
  readonly from: number
  readonly to?: number
  /** From and to included. */
  readonly ids?: { readonly from: number; readonly to: number }
}

/**
 * What the time in a list's filter is. `changed` moves while the list is read: a slice then has no upper end, or a record that changes
 * again after the interval's end would be in neither its old version nor its new one. `created` stands still. `none`: there is no filter.
 */
export type FilterTime = 'changed' | 'created' | 'none'

export const timeWords: Readonly<Record<FilterTime, string>> = {
  changed: 'the time of change that the vendor searches by',
  created: 'the time at which it was made',
  none: 'none: all of it is read',
}

/** The interval as one slice, in whole seconds, none of it left out. */
export const sliceOf = (time: FilterTime, { from, to }: Interval): Slice => ({
  from: Math.floor(Date.parse(from) / 1000),
  ...(time === 'created' ? { to: Math.ceil(Date.parse(to) / 1000) } : {}),
})

/** How far a slice can be halved: to one second, and in it to one id; ids are then whole numbers. */
export type Halving = 'time' | 'time and ids'

/** More than any vendor's whole-number ids reach. */
const highestId = 2 ** 48

/**
 * Two slices that hold together what the one held, the older first. Undefined where it cannot be halved. `now` is in seconds since 1970:
 * what has no upper end is halved as if it ended there.
 */
export function halved(
  slice: Slice,
  { by, now }: { readonly by: Halving; readonly now: number },
): readonly [Slice, Slice] | undefined {
  const middle = Math.floor((slice.from + (slice.to ?? Math.max(now, slice.from) + 1)) / 2)
  if (middle > slice.from)
    return [
      { ...slice, to: middle },
      { ...slice, from: middle },
    ]
  const { from, to } = slice.ids ?? { from: 0, to: highestId }
  if (by === 'time' || from >= to) return undefined
  const between = Math.floor((from + to) / 2)
  return [
    { ...slice, ids: { from, to: between } },
    { ...slice, ids: { from: between + 1, to } },
  ]
}

/** `2026-06-30T02:00:00`, for a filter that is told to read UTC. */
export const secondText = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 19)

/** The slice for errors and logs. */
export const sliceText = ({ from, to, ids }: Slice): string =>
  `from ${secondText(from)}Z${to === undefined ? '' : ` to ${secondText(to)}Z`}${ids === undefined ? '' : `, ids ${ids.from} to ${ids.to}`}`
