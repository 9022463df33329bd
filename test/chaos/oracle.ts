import { leaseMs } from '../../scheduler/kernel/claim.ts'
import { claimBreaches } from './oracle-claims.ts'

/** All that is left of a house when its processes are gone: what it wrote down, and what stands. */
export interface History {
  readonly runs: readonly { readonly id: string; readonly slot: string; readonly state: string }[]
  readonly steps: readonly StoodStep[]
  readonly edges: readonly { readonly run: string; readonly parent: string; readonly child: string }[]
  /** Oldest first. */
  readonly events: readonly Happened[]
  readonly intervals: readonly (Span & { readonly state: string })[]
  /** Applied loads of the warehouse, where it was looked at. */
  readonly loads?: readonly Span[]
  /** Every change of the warehouse in its order, or for each relation the last that its fence has seen. */
  readonly writes?: readonly Written[]
  /** True where no holder could be proved dead: then a lease alone frees what it holds. */
  readonly leasesOnly?: true
}

export interface StoodStep {
  readonly run: string
  readonly id: string
  readonly state: string
  readonly pool?: string | undefined
  readonly writes: readonly string[]
}

export interface Happened {
  readonly at: number
  readonly run: string
  readonly step: string
  /** As the history of the kernel says it, and `beat` where a claim was prolonged. */
  readonly what: string
  readonly token?: number | undefined
}

export interface Span {
  readonly pipeline: string
  readonly connection: string
  readonly from: string
  readonly to: string
}

export interface Written {
  readonly relation: string
  readonly token: number
  /** What must be done once. */
  readonly key?: string
}

/** Every promise of the house that a history breaks, in words; none where it is good. */
export const breachesOf = (history: History): readonly string[] => [
  ...endBreaches(history),
  ...claimBreaches(history, leaseMs),
  ...writeBreaches(history),
  ...intervalBreaches(history),
]

const open = ['waiting', 'ready', 'running']

/** A run ends, and what it ended as is what its steps ended as. */
function endBreaches({ runs, steps, edges }: History): readonly string[] {
  const byRun = Map.groupBy(steps, ({ run }) => run)
  const parents = Map.groupBy(edges, ({ run, child }) => `${run} ${child}`)
  return runs.flatMap(({ id, state }) => {
    const own = byRun.get(id) ?? []
    if (state === 'running') return [`${id} never ended`]
    const left = own.filter(step => open.includes(step.state)).map(step => `${id} is ${state} before its ${step.id}`)
    if (state === 'done')
      return [...left, ...own.filter(step => step.state !== 'done').map(step => `${id} is done without ${step.id}`)]
    if (state !== 'failed') return left
    const stateOf = new Map(own.map(step => [step.id, step.state]))
    const idle = own
      .filter(step => step.state === 'blocked')
      .filter(
        step =>
          !(parents.get(`${id} ${step.id}`) ?? []).some(({ parent }) =>
            ['failed', 'blocked'].includes(stateOf.get(parent) ?? ''),
          ),
      )
    return [...left, ...idle.map(step => `${step.id} of ${id} is blocked by nothing`)]
  })
}

/** No relation is written under a lower token than one that it has seen, and no work is done twice. */
function writeBreaches({ writes = [], events }: History): readonly string[] {
  const given = new Set(events.filter(({ what }) => what === 'claimed').map(({ token }) => token))
  const seen = new Map<string, number>()
  const done = new Set<string>()
  return writes.flatMap(({ relation, token, key }) => {
    const found: string[] = []
    const before = seen.get(relation) ?? 0
    if (token < before) found.push(`${relation} was written under the token ${token} after ${before}`)
    if (!given.has(token)) found.push(`${relation} was written under the token ${token}, which nobody was given`)
    if (key !== undefined && done.has(`${relation} ${key}`)) found.push(`${key} was done twice in ${relation}`)
    seen.set(relation, Math.max(before, token))
    done.add(`${relation} ${key}`)
    return found
  })
}

/** Closed intervals of a pipeline tile, and each was loaded, once. */
function intervalBreaches({ intervals, loads }: History): readonly string[] {
  const nameOf = ({ pipeline, connection }: Span): string => `${pipeline} ${connection}`
  const spanOf = (span: Span): string => `${nameOf(span)} from ${span.from} to ${span.to}`
  const closed = intervals.filter(({ state }) => state === 'closed')
  const gaps = [...Map.groupBy(closed, nameOf).values()].flatMap(own => {
    const sorted = own.toSorted((a, b) => (a.from < b.from ? -1 : 1))
    return sorted.slice(1).flatMap((span, n) => {
      const before = sorted[n]?.to ?? ''
      if (span.from === before) return []
      return [`${spanOf(span)} ${span.from > before ? 'leaves a gap' : 'overlaps'} after ${before}`]
    })
  })
  if (loads === undefined) return gaps
  const times = Map.groupBy(loads, spanOf)
  return [
    ...gaps,
    ...closed.filter(span => !times.has(spanOf(span))).map(span => `${spanOf(span)} is closed and was never loaded`),
    ...[...times].filter(([, each]) => each.length > 1).map(([span]) => `${span} was loaded twice`),
  ]
}
