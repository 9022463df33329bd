import type { Happened, History, StoodStep } from './oracle.ts'

interface Held {
  readonly step: StoodStep
  readonly token: number
  until: number
}

interface Walk {
  readonly history: History
  readonly leaseMs: number
  readonly steps: ReadonlyMap<string, StoodStep>
  readonly parents: ReadonlyMap<string, readonly string[]>
  /** Events of a run before this place belong to a plan that was replaced. */
  readonly plannedAt: ReadonlyMap<string, number>
  /** Claims that never ended well: their step was claimed again, or nothing more came of it. */
  readonly lost: ReadonlySet<number>
  readonly held: Map<string, Held>
  readonly done: Set<string>
  token: number
  readonly found: string[]
}

const keyOf = ({ run, step }: Pick<Happened, 'run' | 'step'>): string => `${run} ${step}`

/** What is wrong with who worked on what, when: one pass over the history. */
export function claimBreaches(history: History, leaseMs: number): readonly string[] {
  const walk: Walk = {
    history,
    leaseMs,
    steps: new Map(history.steps.map(step => [`${step.run} ${step.id}`, step])),
    parents: new Map(
      [...Map.groupBy(history.edges, ({ run, child }) => `${run} ${child}`)].map(([key, edges]) => [
        key,
        edges.map(({ parent }) => parent),
      ]),
    ),
    plannedAt: new Map(history.events.flatMap(({ run, what }, n) => (what === 'planned' ? [[run, n] as const] : []))),
    lost: lostClaims(history),
    held: new Map(),
    done: new Set(),
    token: 0,
    found: [],
  }
  for (const [n, event] of history.events.entries()) see(walk, event, n)
  for (const { run, id, state } of history.steps)
    if ((state === 'done') !== walk.done.has(`${run} ${id}`))
      walk.found.push(`${id} of ${run} is ${state}, and the history says otherwise`)
  return walk.found
}

/** Tokens of claims that were followed by another claim of the same step, or by nothing. */
function lostClaims({ events }: History): ReadonlySet<number> {
  const lost = new Set<number>()
  const last = new Map<string, number>()
  for (const event of events.filter(({ step, what }) => step !== '' && what !== 'beat')) {
    const before = last.get(keyOf(event))
    if (event.what !== 'claimed') last.delete(keyOf(event))
    else {
      if (before !== undefined) lost.add(before)
      last.set(keyOf(event), event.token ?? 0)
    }
  }
  for (const token of last.values()) lost.add(token)
  return lost
}

function see(walk: Walk, event: Happened, n: number): void {
  const key = keyOf(event)
  const isOld = n < (walk.plannedAt.get(event.run) ?? 0)
  if (event.step === '') return seeRun(walk, event)
  if (event.what === 'claimed') return seeClaim(walk, event, isOld)
  if (event.what === 'beat') return seeBeat(walk, event)
  if (event.what === 'done') {
    const held = walk.held.get(key)
    if (walk.done.has(key)) walk.found.push(`${key} was done twice`)
    if (held === undefined) walk.found.push(`${key} was done by nobody who held it`)
    else if (held.token !== event.token)
      walk.found.push(`${key} was done under the token ${event.token} when ${held.token} held it`)
    walk.done.add(key)
  }
  walk.held.delete(key)
}

/** What ends or replaces a run takes its steps out of every hand. */
function seeRun(walk: Walk, { run, what }: Happened): void {
  if (what === 'reopened') return
  for (const key of [...walk.held.keys()].filter(each => each.startsWith(`${run} `))) walk.held.delete(key)
  if (what === 'planned')
    for (const key of [...walk.done].filter(each => each.startsWith(`${run} `))) walk.done.delete(key)
}

function seeClaim(walk: Walk, event: Happened, isOld: boolean): void {
  const key = keyOf(event)
  const token = event.token ?? 0
  if (token <= walk.token) walk.found.push(`the token went back from ${walk.token} to ${token} at ${key}`)
  if (walk.done.has(key)) walk.found.push(`${key} was begun after it was done`)
  walk.token = Math.max(walk.token, token)
  const { run, step: id } = event
  const step = (isOld ? undefined : walk.steps.get(key)) ?? { run, id, state: '', writes: [] }
  for (const parent of isOld ? [] : (walk.parents.get(key) ?? []))
    if (!walk.done.has(`${event.run} ${parent}`)) walk.found.push(`${key} was begun before ${parent} was done`)
  const own = walk.held.get(key)
  if (own !== undefined && own.until >= event.at && walk.history.leasesOnly === true)
    walk.found.push(`${key} was taken from a holder whose lease held`)
  walk.held.set(key, { step, token, until: event.at + walk.leaseMs })
  seeRivals(walk, event, 0)
}

function seeBeat(walk: Walk, event: Happened): void {
  const held = walk.held.get(keyOf(event))
  if (held === undefined || held.token !== event.token)
    return void walk.found.push(`${keyOf(event)} was prolonged under the token ${event.token}, which held nothing`)
  held.until = event.at + walk.leaseMs
  seeRivals(walk, event, held.token)
}

/** Whoever else holds the pool, or writes the relation, by a lease that holds; of a claim that is prolonged, only who came after it. */
function seeRivals(walk: Walk, event: Happened, after: number): void {
  const key = keyOf(event)
  const step = walk.steps.get(key)
  for (const [other, held] of walk.held) {
    const isGone = held.until < event.at || (walk.history.leasesOnly !== true && walk.lost.has(held.token))
    if (other === key || step === undefined || isGone || held.token < after) continue
    if (step.pool !== undefined && held.step.pool === step.pool)
      walk.found.push(`the pool ${step.pool} had two holders, ${other} and ${key}`)
    for (const relation of step.writes.filter(each => held.step.writes.includes(each)))
      walk.found.push(`${relation} had two writers, ${other} and ${key}`)
  }
}
