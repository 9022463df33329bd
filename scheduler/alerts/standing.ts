import { instantOf } from '../../contracts/instant.ts'
import type { Step } from '../../jobs/job.ts'
import type { Tables } from '../kernel/history.ts'
import type { StateTables } from '../state/state.ts'
import type { Failure } from './alert.ts'

export type RunRow = StateTables['run']
export type StepRow = Pick<StateTables['step'], 'run' | 'id' | 'state' | 'spec' | 'fault' | 'report' | 'ended_at'>

/** What the runs tell that still say something of how things stand: by run, in the order in which they answer. */
export interface Standing {
  /** Nights from the newest on that is done, and every other run that has not ended well. */
  readonly runs: readonly RunRow[]
  readonly steps: readonly StepRow[]
}

/** `remembered`: ids of steps that alerts tell of; of a run that is no night only these are needed beside what has failed. */
export async function standingRuns(tables: Tables, remembered: readonly string[]): Promise<Standing> {
  const done = await tables
    .selectFrom('run')
    .select('slot')
    .where('kind', '=', 'night')
    .where('state', '=', 'done')
    .orderBy('slot', 'desc')
    .executeTakeFirst()
  const runs = await tables
    .selectFrom('run')
    .selectAll()
    .where(eb =>
      eb.or([
        eb.and([eb('kind', '=', 'night'), eb('slot', '>=', done?.slot ?? '')]),
        eb.and([eb('kind', 'not in', ['night', 'stream', 'build']), eb('state', 'in', ['running', 'failed'])]),
      ]),
    )
    .orderBy('slot')
    .execute()
  if (runs.length === 0) return { runs, steps: [] }
  const steps = await tables
    .selectFrom('step')
    .select(['run', 'id', 'state', 'spec', 'fault', 'report', 'ended_at'])
    .where('run', 'in', idsOf(runs))
    .where(eb =>
      eb.or([
        eb('run', 'in', ['', ...idsOf(runs.filter(({ kind }) => kind === 'night'))]),
        eb('state', 'in', ['failed', 'blocked']),
        eb('id', 'in', ['', ...remembered]),
      ]),
    )
    .orderBy('ordinal')
    .execute()
  return { runs, steps }
}

const idsOf = (runs: readonly RunRow[]): readonly string[] => runs.map(({ id }) => id)

/** A step as it last was decided. */
export interface Decided {
  readonly run: RunRow
  readonly row: StepRow
  readonly step: Step
}

/** For each step that is done or failed its newest outcome: a night's takes the place of an earlier night's. */
export function decidedOf({ runs, steps }: Standing): ReadonlyMap<string, Decided> {
  const of = Map.groupBy(steps, ({ run }) => run)
  const found = new Map<string, Decided>()
  for (const run of runs)
    for (const row of of.get(run.id) ?? [])
      if (row.state === 'done' || row.state === 'failed')
        found.set(unitOf(run, row.id), { run, row, step: JSON.parse(row.spec) as Step })
  return found
}

/** Every night does the same step again; of any other run it is its own. */
const unitOf = (run: RunRow, step: string): string => (run.kind === 'night' ? step : `${run.id} ${step}`)

/** True where a step that had failed has been done since, by its own run or a later one, or where nothing will do it any more. */
export function isMended({ runs, steps }: Standing, decided: ReadonlyMap<string, Decided>, failure: Failure): boolean {
  const run = runs.find(({ id }) => id === failure.run)
  const newest = decided.get(run === undefined ? failure.step : unitOf(run, failure.step))
  if (newest?.row.state === 'failed') return false
  if (run === undefined) return true
  if (newest !== undefined && runs.indexOf(newest.run) >= runs.indexOf(run)) return true
  return !steps.some(each => each.run === run.id && each.id === failure.step)
}

export const instantAt = (ms: number | null): string => instantOf(new Date(ms ?? 0))
export const argOf = (step: Step, name: string): string | undefined => {
  const value = (step.args as Readonly<Record<string, unknown>> | null)?.[name]
  return typeof value === 'string' ? value : undefined
}
