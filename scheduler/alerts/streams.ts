import type { Fault } from '../../contracts/fault.ts'
import type { Step } from '../../jobs/job.ts'
import type { Tables } from '../kernel/history.ts'
import type { Trouble } from './alert.ts'
import { argOf, instantAt, type StepRow } from './standing.ts'

/** So many batches of a stream in a row must fail before it is told: one is left to the next by itself. */
const inARow = 3

/** Batches that are looked at, the newest first. */
const looked = 60

/** The steps of the newest batches that have ended, the newest batch first. */
export async function newestStreams(tables: Tables): Promise<readonly StepRow[]> {
  return tables
    .selectFrom('step')
    .innerJoin('run', 'run.id', 'step.run')
    .select(['step.run', 'step.id', 'step.state', 'step.spec', 'step.fault', 'step.report', 'step.ended_at'])
    .where('run.id', 'in', eb =>
      eb
        .selectFrom('run as newest')
        .select('newest.id')
        .where('newest.kind', '=', 'stream')
        .where('newest.state', 'in', ['done', 'failed'])
        .orderBy('newest.created_at', 'desc')
        .limit(looked),
    )
    .orderBy('run.created_at', 'desc')
    .orderBy('step.ordinal')
    .execute()
}

/** Events of a connection that are left for later, batch after batch. */
export function streamTroubles(steps: readonly StepRow[], owners: ReadonlyMap<string, string>): readonly Trouble[] {
  const batches = Map.groupBy(steps, ({ run }) => run)
  const ofPipeline = Map.groupBy(batches.values(), ([first]) => pipelineOf(first))
  return [...ofPipeline].flatMap(([name, newest]) => {
    const failed = newest.slice(0, inARow).flatMap(batch => batch.find(({ state }) => state === 'failed') ?? [])
    const [last] = failed
    return last === undefined || failed.length < inARow
      ? []
      : [streamTrouble(name, last, { since: failed.at(-1), owners })]
  })
}

const stepOf = (row: StepRow | undefined): Step | undefined => (row === undefined ? undefined : JSON.parse(row.spec))
const pipelineOf = (row: StepRow | undefined): string => {
  const step = stepOf(row)
  return step === undefined ? '' : `${argOf(step, 'pipeline')} ${argOf(step, 'connection')}`
}

function streamTrouble(
  name: string,
  row: StepRow,
  { since, owners }: { readonly since: StepRow | undefined; readonly owners: ReadonlyMap<string, string> },
): Trouble {
  const step = JSON.parse(row.spec) as Step
  const fault = JSON.parse(row.fault ?? '{}') as Pick<Fault, 'what' | 'where' | 'hint' | 'kind'>
  const connection = argOf(step, 'connection') ?? ''
  const owner = owners.get(connection)
  return {
    key: `stream ${name}`,
    kind: fault.kind === 'guard' ? 'guard' : 'failed',
    risk: step.risk,
    ...(owner === undefined ? {} : { owner }),
    what: `events of ${connection} are not loaded: ${fault.what}`,
    where: fault.where,
    since: instantAt(since?.ended_at ?? row.ended_at),
    counts: {},
    atRisk: {},
    hint: fault.hint,
    next: `npx boomerang runs ${row.run}`,
    parts: [[argOf(step, 'pipeline') ?? '', connection]],
    failures: [],
  }
}
