import type { Connection, Environment, Interval, Project } from '../../contracts/connection.ts'
import type { Catalogue, Step } from '../../jobs/job.ts'
import type { State } from '../state/state.ts'

/** The ends of what each pipeline has closed, by `pipeline connection`. */
export async function closedEnds(state: State): Promise<ReadonlyMap<string, string>> {
  const rows = await state.read
    .selectFrom('interval')
    .select(['pipeline', 'connection', 'to_at'])
    .where('state', '=', 'closed')
    .execute()
  const ends = new Map<string, string>()
  for (const { pipeline, connection, to_at } of rows) {
    const key = pipelineKey(pipeline, connection)
    if ((ends.get(key) ?? '') < to_at) ends.set(key, to_at)
  }
  return ends
}

export const pipelineKey = (pipeline: string, connection: string): string => `${pipeline} ${connection}`

/** From where the pipeline has closed, or the connection began, up to the night's end; undefined where nothing is left. */
export function intervalOf(
  ends: ReadonlyMap<string, string>,
  { pipeline, connection, at }: { readonly pipeline: string; readonly connection: Connection; readonly at: string },
): Interval | undefined {
  const from = ends.get(pipelineKey(pipeline, connection.name)) ?? connection.since
  return from < at ? { from, to: at } : undefined
}

export interface Planning {
  readonly project: Project
  readonly environment: Environment
  readonly catalogue: Catalogue
  /** The night's end. */
  readonly at: string
  readonly ends: ReadonlyMap<string, string>
}

/** The steps of one night, job by job: the same list is printed by `plan` and done by `run`. */
export async function planNight({ ends, ...planning }: Planning): Promise<readonly Step[]> {
  const interval = (pipeline: string, connection: Connection): Interval | undefined =>
    intervalOf(ends, { pipeline, connection, at: planning.at })
  const steps: Step[] = []
  for (const job of planning.catalogue.jobs)
    steps.push(...(await job.steps({ ...planning, interval, before: [...steps] })))
  return steps
}
