import type { Interval } from '../../../contracts/connection.ts'

/**
 * Exactly the interval. The instants are quoted, or Shopify reads them as days; `>=` and `<` have no edge case, unlike `>`.
 * They are whole seconds, rounded outwards.
 */
export const changedWithin = ({ from, to }: Interval): string =>
  `updated_at:>='${secondOf(Math.floor(Date.parse(from) / 1000))}' AND updated_at:<'${secondOf(Math.ceil(Date.parse(to) / 1000))}'`

/** At least the interval, for a field that is compared by the day, nobody says in which time zone: one day more at each end. */
export const changedOnDays = ({ from, to }: Interval): string =>
  `updated_at:>='${dayOf(Date.parse(from) - dayMs)}' AND updated_at:<='${dayOf(Date.parse(to) + dayMs)}'`

/** A text as a literal of a GraphQL query. */
export const literal = (text: string): string => JSON.stringify(text)

const dayMs = 24 * 60 * 60 * 1000
const secondOf = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
