import type { Interval } from '../../../contracts/connection.ts'

/**
 * All that changed since the interval began, with no upper end: a record that changes again between the interval's end and the reading
 * would otherwise be in neither its old version nor its new one. The next interval reads it once more, which is harmless.
 * The instant is quoted, or Shopify reads it as a day; `>=` has no edge case, unlike `>`. It is a whole second, rounded down.
 */
export const changedSince = ({ from }: Interval): string =>
  `updated_at:>='${secondOf(Math.floor(Date.parse(from) / 1000))}'`

/** At least the interval, for a field that is compared by the day, nobody says in which time zone: one day more at each end. */
export const changedOnDays = ({ from, to }: Interval): string =>
  `updated_at:>='${dayOf(Date.parse(from) - dayMs)}' AND updated_at:<='${dayOf(Date.parse(to) + dayMs)}'`

/** A text as a literal of a GraphQL query. */
export const literal = (text: string): string => JSON.stringify(text)

const dayMs = 24 * 60 * 60 * 1000
const secondOf = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
