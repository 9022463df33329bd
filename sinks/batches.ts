import type { Outcome } from './sink.ts'

export interface BatchSize<C> {
  /** The most that one call takes. */
  readonly most: number
  /** What one change counts for. */
  readonly sizeOf: (change: C) => number
}

/** The changes in order, as many to a call as fit. A change is never split, and no call names the same id twice. */
export function batchesOf<C extends { readonly id: string }>(
  changes: readonly C[],
  { most, sizeOf }: BatchSize<C>,
): readonly (readonly C[])[] {
  const batches: C[][] = []
  let size = 0
  let ids = new Set<string>()
  for (const change of changes) {
    const more = sizeOf(change)
    if (batches.length === 0 || size + more > most || ids.has(change.id)) {
      batches.push([])
      size = 0
      ids = new Set()
    }
    batches.at(-1)?.push(change)
    ids.add(change.id)
    size += more
  }
  return batches
}

/** What a place that takes all of a call or nothing said: settled for each change, or refused as a whole. */
export type Attempt =
  | { readonly state: 'settled'; readonly outcomes: readonly Outcome[] }
  /** `named` holds those that the place called bad, by id; it may name none. */
  | { readonly state: 'refused'; readonly why: string; readonly named: ReadonlyMap<string, string> }

/**
 * One outcome for each change, from a place that refuses a whole call for one bad change. Those it names are rejected and the
 * others sent again; where it names none, the changes are halved until the bad one stands alone.
 */
export async function isolate<C extends { readonly id: string }>(
  changes: readonly C[],
  attempt: (changes: readonly C[]) => Promise<Attempt>,
): Promise<readonly Outcome[]> {
  if (changes.length === 0) return []
  const said = await attempt(changes)
  if (said.state === 'settled') return said.outcomes
  const { why, named } = said
  const good = changes.filter(({ id }) => !named.has(id))
  if (good.length < changes.length) {
    const bad = changes.filter(({ id }) => named.has(id))
    return [...bad.map(({ id }) => rejected(id, named.get(id) ?? why)), ...(await isolate(good, attempt))]
  }
  if (changes.length === 1) return changes.map(({ id }) => rejected(id, why))
  const half = Math.ceil(changes.length / 2)
  const first = await isolate(changes.slice(0, half), attempt)
  return [...first, ...(await isolate(changes.slice(half), attempt))]
}

const rejected = (id: string, why: string): Outcome => ({ id, state: 'rejected', why })
