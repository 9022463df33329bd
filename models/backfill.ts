import type { Model } from './model.ts'
import { type Range, rangesToBuild } from './ranges.ts'

/** What an incremental model still has to be built for. */
export interface Backfill {
  /** Whether what stands gives way as a whole. */
  readonly anew: boolean
  /** Oldest first, each built by itself. */
  readonly ranges: readonly Range[]
}

export interface BackfillTerms {
  /** Of what stands; undefined where nothing does. */
  readonly fingerprint: string | undefined
  readonly covered: readonly Range[]
  /** The night's end. */
  readonly now: string
  /** When the first connection begins: there begins a model that says nothing else. */
  readonly first: string | undefined
}

/** The plan of a model's build, for who prints it and for who does it: anew where nothing stands, or the query means something else than what built it. */
export function backfillOf({ header, fingerprint }: Model, terms: BackfillTerms): Backfill {
  const { covered, now, first } = terms
  const { since: said, lookback, grain, logic_change } = header
  const isOther = terms.fingerprint !== fingerprint && logic_change !== 'forward'
  const anew = terms.fingerprint === undefined || isOther
  const since = said === undefined ? (first ?? now) : `${said}T00:00:00.000000Z`
  return { anew, ranges: rangesToBuild({ covered: anew ? [] : covered, since, until: now, lookback, grain }) }
}
