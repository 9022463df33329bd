import type { Context } from '../contracts/context.ts'
import type { Catalogue, Room } from '../jobs/job.ts'
import { checkWholeHouse } from './backup/half-restored.ts'
import { contextOf } from './context.ts'
import { checkFirst } from './first.ts'
import { checkHouse } from './house.ts'
import type { Claim } from './kernel/claim.ts'
import { type Lane, warehouseLane } from './lane.ts'
import { stepLog } from './log-event.ts'
import { readSite, type Site, type SiteTerms } from './site.ts'
import { journalOf } from './state/journal.ts'
import type { Older } from './state/migrate.ts'
import { openState } from './state/open.ts'
import { resumeOf } from './state/resume.ts'
import type { State } from './state/state.ts'
import { openTraces } from './telemetry/open-traces.ts'
import { noTraces, type Traces } from './telemetry/traces.ts'

/** Where a command works: the project, one environment of it, its state, its warehouse, and the way outside. */
export interface Office extends Site {
  readonly state: State
  readonly lane: Lane
  readonly traces: Traces
  close(): Promise<void>
}

export interface OfficeTerms extends SiteTerms {
  /** What other commands are told that holds the warehouse. */
  readonly command: string
  /** What becomes of a state store of an older boomerang; refused where it is absent. */
  readonly older?: Older
  /** True where a new state store may be made although nights have been before. */
  readonly anew?: true
  /** How long it waits for another command that holds the warehouse, in milliseconds; some seconds where it is absent. */
  readonly patience?: number
}

export async function openOffice({
  command,
  older = 'refuse',
  anew,
  patience,
  ...terms
}: OfficeTerms): Promise<Office> {
  const site = await readSite(terms)
  const { environment, outside } = site
  checkWholeHouse(environment.warehouse.path)
  const state = await openState(site.stateTerms, { older, begin: anew ? undefined : () => checkFirst(site) })
  const traces = await openTraces(environment, outside)
  const lane = warehouseLane({
    state,
    command,
    ...(patience === undefined ? {} : { patience }),
    open: async () => {
      const { openDuckdb } = await import('../models/warehouse/duckdb/duckdb.ts')
      const { path, memory, threads } = environment.warehouse
      return openDuckdb(path, { memoryLimit: memory, threads })
    },
    opened: warehouse => checkHouse(state, warehouse),
  })
  return {
    ...site,
    state,
    lane,
    traces,
    async close() {
      try {
        await lane.close()
      } finally {
        await traces.close()
        outside.logs.close()
        await state.close()
      }
    },
  }
}

/** What a command is handed of the outside that does no step: it remembers nothing. */
export const visitorOf = ({ outside }: Pick<Office, 'outside'>, command: string, patienceMs: number): Context =>
  contextOf(outside, {
    resume: { get: async () => undefined, set: async () => undefined },
    signal: AbortSignal.timeout(patienceMs),
    log: outside.logs.to(command),
    traces: noTraces,
  })

/** What one claimed step is handed. */
export const roomOf = (
  { project, environment, state, lane, outside, traces }: Office,
  catalogue: Catalogue,
  {
    held,
    signal,
    progress,
  }: { readonly held: Claim; readonly signal: AbortSignal; readonly progress: Room['progress'] },
): Room => ({
  ...contextOf(outside, {
    resume: resumeOf(state, held),
    signal,
    traces,
    log: stepLog(outside.logs, held),
  }),
  project,
  environment,
  catalogue,
  run: held.run,
  token: held.token,
  warehouse: work =>
    lane.use(warehouse => {
      signal.throwIfAborted()
      return work(warehouse)
    }),
  journal: journalOf(state),
  progress,
})
