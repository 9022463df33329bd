import type { Interval } from '../contracts/connection.ts'
import { Fault } from '../contracts/fault.ts'
import { extractStepOf } from './extract.ts'
import type { Catalogue, Step } from './job.ts'
import { loadStepOf } from './load.ts'
import type { Pipeline } from './pipeline.ts'
import type { SourceObject } from './sources/source.ts'

/** A local day of a pipeline's connection, to be asked for once more. */
export interface Piece {
  readonly pipeline: Pipeline
  /** As a person says it: `2026-06-30`. */
  readonly day: string
  readonly interval: Interval
}

/**
 * Asks the source for each piece once more, and loads what it delivers beside what stands: the newest version of a record wins. No piece waits for
 * another, and none of them closes an interval: how far the nights are stays theirs.
 */
export const backfillSteps = (
  pieces: readonly Piece[],
  { catalogue, asked }: { readonly catalogue: Pick<Catalogue, 'contracts'>; readonly asked: string },
): readonly Step[] =>
  pieces.flatMap(({ pipeline, day, interval }) => {
    const extract = extractStepOf(pipeline, { interval, asked })
    const load = loadStepOf(pipeline, catalogue, { interval, asked })
    const named = (step: Step, ...after: readonly string[]): Step => ({ ...step, id: `${step.id} ${day}`, after })
    return [named(extract), named(load, named(extract).id)]
  })

/** A Fault where the source keeps no past that could be asked for by the time of its changes. */
export function checkKeepsPast({ object, connection }: Pipeline): void {
  const found = pastless(object)
  if (found === undefined) return
  const [what, hint] = found
  throw new Fault({
    what: `the past of ${object.name} cannot be asked for by day: ${what}`,
    where: connection.name,
    hint,
    retry: 'never',
  })
}

const replay = '`boomerang replay` loads again what was delivered.'

function pastless(object: SourceObject): readonly [what: string, hint: string] | undefined {
  if (object.whole === true) return ['each reading brings all that there is', 'The next night brings it.']
  if (object.remembers === true) return ['a file is taken once', replay]
  if (object.after !== undefined) return ['what it tells is told once', replay]
  if (object.follows !== undefined)
    return ['it reads more of records that stand', `Ask for ${object.follows.contract.name}; the nights after read on.`]
  return object.rereads === true ? ['it reads again what others have read', 'Ask for those.'] : undefined
}
