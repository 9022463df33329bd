import { resolve } from 'node:path'
import type { Environment, Project } from '../contracts/connection.ts'
import type { Context } from '../contracts/context.ts'
import { Fault } from '../contracts/fault.ts'
import type { Catalogue, Room } from '../jobs/job.ts'
import { contextOf, type Outside, openReferences, outsideOf } from './context.ts'
import { checkHouse } from './house.ts'
import type { Claim } from './kernel/claim.ts'
import { type Lane, warehouseLane } from './lane.ts'
import { readProject } from './project.ts'
import { journalOf } from './state/journal.ts'
import { openState } from './state/open.ts'
import { resumeOf } from './state/resume.ts'
import type { State } from './state/state.ts'
import { openTraces } from './telemetry/open-traces.ts'
import { noTraces, type Traces } from './telemetry/traces.ts'

/** Where a command works: the project, one environment of it, its state, its warehouse, and the way outside. */
export interface Office {
  readonly project: Project
  readonly environment: Environment
  readonly state: State
  readonly lane: Lane
  readonly outside: Outside
  readonly traces: Traces
  close(): Promise<void>
}

export interface OfficeTerms {
  readonly root: string
  /** As named on the command line; the only one, or the one that delivers, where it is not named. */
  readonly environment?: string
  /** What other commands are told that holds the warehouse. */
  readonly command: string
}

export async function openOffice({ root, environment: wanted, command }: OfficeTerms): Promise<Office> {
  const project = await readProject(resolve(root))
  const environment = environmentOf(project, wanted)
  const outside = outsideOf(project.root, { clock: environment.clock, open: openReferences(environment) })
  const state = await openState({
    address: outside.secret(environment.state.address),
    password: environment.state.password === undefined ? undefined : outside.secret(environment.state.password),
  })
  const traces = await openTraces(environment, outside)
  const lane = warehouseLane({
    state,
    command,
    open: async () => {
      const { openDuckdb } = await import('../models/warehouse/duckdb/duckdb.ts')
      return openDuckdb(environment.warehouse.path, { memoryLimit: environment.warehouse.memory })
    },
    opened: warehouse => checkHouse(state, warehouse),
  })
  return {
    project,
    environment,
    state,
    lane,
    outside,
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

export function environmentOf({ environments }: Project, wanted: string | undefined): Environment {
  const found =
    wanted === undefined
      ? (environments.find(({ delivers }) => delivers) ?? environments[0])
      : environments.find(({ name }) => name === wanted)
  if (found !== undefined) return found
  throw new Fault({
    what: `there is no environment ${wanted}; there are ${environments.map(({ name }) => name).join(', ')}`,
    where: 'boomerang.config.ts',
    hint: 'Name one of them with --environment.',
    retry: 'never',
  })
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
    log: outside.logs.to(held.run, { step: held.step.id, attempt: held.attempt }),
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
