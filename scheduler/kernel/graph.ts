import { Fault } from '../../contracts/fault.ts'
import type { Step } from '../../jobs/job.ts'

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
