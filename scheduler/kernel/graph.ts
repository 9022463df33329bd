import { risks } from '../../contracts/connection.ts'
import { Fault } from '../../contracts/fault.ts'
import type { Step } from '../../jobs/job.ts'
import type { RunKind } from '../state/state.ts'

/** Refuses a plan that could never end: an id twice, a parent that is not planned, a circle. Names every one of them. */
export function checkGraph(steps: readonly Step[]): void {
  const known = new Set(steps.map(({ id }) => id))
  const problems = [...twice(steps), ...strangers(steps, known), ...circle(steps, known)]
  if (problems.length === 0) return
  throw new Fault({
    what: problems.join('; '),
    where: 'the plan of the night',
    hint: 'Correct the steps of the jobs named here; nothing was planned.',
    retry: 'never',
  })
}

function twice(steps: readonly Step[]): readonly string[] {
  const seen = new Set<string>()
  return steps.flatMap(({ id, job }) => {
    const again = seen.has(id)
    seen.add(id)
    return again ? [`the step "${id}" is planned twice, the second time by the job ${job}`] : []
  })
}

const strangers = (steps: readonly Step[], known: ReadonlySet<string>): readonly string[] =>
  steps.flatMap(({ id, after }) =>
    after
      .filter(parent => !known.has(parent))
      .map(parent => `the step "${id}" waits for "${parent}", which is not planned`),
  )

/** What is left when every step whose parents are gone has been taken away, again and again. */
function circle(steps: readonly Step[], known: ReadonlySet<string>): readonly string[] {
  let left = steps
  for (;;) {
    const waiting = new Set(left.map(({ id }) => id))
    const stuck = left.filter(({ after }) => after.some(parent => known.has(parent) && waiting.has(parent)))
    if (stuck.length === 0) return []
    if (stuck.length === left.length)
      return [`these steps wait for each other: ${stuck.map(({ id }) => id).join(', ')}`]
    left = stuck
  }
}

/** Longer chains than this are not told apart. */
const longest = 999

/** Priorities from here on are those of backfills: behind everything else. */
const lowerLane = risks.length * (longest + 1)

/** What a step of the lower lane has: one of all of them works at a time, and gives way to others that need its pool. */
export const isInLowerLane = ({ priority }: { readonly priority: number }): boolean => priority >= lowerLane

/** The order of a night by what is graver and longer, and of a backfill by itself. */
export const prioritiesOf = (kind: RunKind, steps: readonly Step[]): ReadonlyMap<string, number> =>
  kind === 'backfill' ? new Map(steps.map(({ id }, at) => [id, lowerLane + at])) : byRiskAndLength(steps)

/** What is graver goes first and, of one risk, what has the longest chain of steps behind it: it decides when all is done. */
function byRiskAndLength(steps: readonly Step[]): ReadonlyMap<string, number> {
  const behind = new Map<string, number>()
  for (const { id, after } of inOrder(steps).toReversed())
    for (const parent of after) behind.set(parent, Math.max(behind.get(parent) ?? 0, (behind.get(id) ?? 0) + 1))
  const rank = ({ id, risk }: Step): number =>
    risks.indexOf(risk) * (longest + 1) + longest - Math.min(longest, behind.get(id) ?? 0)
  return new Map(steps.map(step => [step.id, rank(step)]))
}

/** Parents before their children, for a graph without circles. */
function inOrder(steps: readonly Step[]): readonly Step[] {
  const byId = new Map(steps.map(step => [step.id, step]))
  const placed = new Set<Step>()
  const place = (step: Step | undefined): void => {
    if (step === undefined || placed.has(step)) return
    for (const parent of step.after) place(byId.get(parent))
    placed.add(step)
  }
  for (const step of steps) place(step)
  return [...placed]
}
