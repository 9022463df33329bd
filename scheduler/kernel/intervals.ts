import type { Step } from '../../jobs/job.ts'
import type { PipelineArgs } from '../../jobs/pipeline.ts'
import type { Tables } from './history.ts'

/** What a step that closes an interval says of it; undefined for every other step. */
function closing(step: Step): PipelineArgs | undefined {
  const args = step.args as unknown as Partial<PipelineArgs> | null
  return args?.closes === true ? (args as PipelineArgs) : undefined
}

/** Remembers that a run answers for an interval. One that never closed is replaced by a longer one from the same instant. */
export async function openInterval(tables: Tables, run: string, step: Step): Promise<void> {
  const args = closing(step)
  if (args === undefined) return
  const { pipeline, connection, interval } = args
  await tables
    .insertInto('interval')
    .values({ pipeline, connection, from_at: interval.from, to_at: interval.to, state: 'open', run })
    .onConflict(conflict =>
      conflict
        .columns(['pipeline', 'connection', 'from_at'])
        .doUpdateSet({ to_at: interval.to, run })
        .where('interval.state', '=', 'open'),
    )
    .execute()
}

export async function closeInterval(tables: Tables, step: Step): Promise<void> {
  const args = closing(step)
  if (args === undefined) return
  await tables
    .updateTable('interval')
    .set({ state: 'closed' })
    .where('pipeline', '=', args.pipeline)
    .where('connection', '=', args.connection)
    .where('from_at', '=', args.interval.from)
    .where('to_at', '=', args.interval.to)
    .execute()
}
