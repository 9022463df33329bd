import { lengthOf } from './compiler/span.ts'

/** Half open, UTC instants with six digits. */
export interface Range {
  readonly from: string
  readonly to: string
}

export interface RangeTerms {
  /** What has been built, in any order. */
  readonly covered: readonly Range[]
  readonly since: string
  readonly until: string
  readonly lookback?: string | undefined
  readonly grain?: 'hour' | 'day' | 'month' | undefined
}

/**
 * What is still to be built, oldest first: every part from `since` up to `until` that nothing covers, each from the beginning of its grain; the
 * last one begins earlier by the lookback, once something stands.
 */
export function rangesToBuild({ covered, since, until, lookback, grain }: RangeTerms): readonly Range[] {
  const missing: Range[] = []
  let from = since
  for (const range of covered.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
    if (range.from > from) missing.push({ from, to: range.from < until ? range.from : until })
    if (range.to > from) from = range.to
    if (from >= until) break
  }
  if (from < until) missing.push({ from, to: until })
  return missing.map(range => {
    const isLast = range.to === until && covered.length > 0
    const back = isLast && lookback !== undefined ? earlier(range.from, lengthOf(lookback)) : range.from
    return { from: floorOf(back > since ? back : since, grain), to: range.to }
  })
}

const earlier = (instant: string, milliseconds: number): string =>
  new Date(Date.parse(instant) - milliseconds).toISOString().replace('Z', '000Z')

const kept = { hour: 13, day: 10, month: 7 } as const

/** The beginning of the hour, day or month in UTC. */
function floorOf(instant: string, grain: RangeTerms['grain']): string {
  if (grain === undefined) return instant
  return instant.slice(0, kept[grain]) + '0000-01-01T00:00:00.000000Z'.slice(kept[grain])
}
