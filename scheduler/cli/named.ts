import { Fault } from '../../contracts/fault.ts'
import type { Pipeline } from '../../jobs/pipeline.ts'
import { closest } from '../../models/compiler/closest.ts'
import { fewOf } from '../alerts/alert.ts'

/** So many names are listed. */
const listed = 40

/** What bears the name; a Fault where nothing does: a filter by it would find nothing, and that would read as all clear. */
export function named<T>(thing: string, meant: string, all: Iterable<readonly [name: string, it: T]>): T {
  const known = new Map(all)
  const found = known.get(meant)
  if (found !== undefined) return found
  const names = [...known.keys()].toSorted()
  const near = closest(meant, names)
  throw new Fault({
    what: `there is no ${thing} ${meant}${near === undefined ? '' : `; did you mean ${near}?`}`,
    where: 'the command line',
    hint: names.length === 0 ? 'There is none yet.' : `There are: ${fewOf(names, listed)}.`,
    retry: 'never',
  })
}

/** The same where there is nothing but names, and none need be meant. */
export function checkNamed(thing: string, meant: string | undefined, names: Iterable<string>): void {
  if (meant !== undefined) named(thing, meant, new Map([...names].map(name => [name, true])))
}

/** The pipelines of that name, by connection. */
export const pipelinesNamed = (all: readonly Pipeline[], meant: string): ReadonlyMap<string, Pipeline> => {
  const found = named(
    'pipeline',
    meant,
    Map.groupBy(all, ({ object }) => object.name),
  )
  return new Map(found.map(each => [each.connection.name, each]))
}

export const pipelineNamed = (
  all: readonly Pipeline[],
  { pipeline, connection }: { readonly pipeline: string; readonly connection: string },
): Pipeline => named(`pipeline ${pipeline} on a connection`, connection, pipelinesNamed(all, pipeline))
