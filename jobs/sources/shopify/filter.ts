import type { Interval } from '../../../contracts/connection.ts'

/** The amount of a money bag in the shop's own currency. */
export const amountOf = (bag: string): string => `${bag}.shopMoney.amount`

/** Shopify's search reads seconds. The upper bound is rounded up, so that nothing falls between two intervals. */
const second = (instant: string, round: (ms: number) => number): string =>
  new Date(round(Date.parse(instant) / 1000) * 1000).toISOString().replace('.000', '')

/** A half-open range; instants are quoted, or Shopify would compare whole days. */
export const between = (field: string, { from, to }: Interval): string =>
  `${field}:>='${second(from, Math.floor)}' AND ${field}:<'${second(to, Math.ceil)}'`

/** Whole days around a range, for a field that Shopify compares by day only. */
export const daysAround = (field: string, { from, to }: Interval): string =>
  `${field}:>='${from.slice(0, 10)}T00:00:00Z' AND ${field}:<='${to.slice(0, 10)}T23:59:59Z'`
