import type { Connection, Environment, Interval, Project, Risk } from '../contracts/connection.ts'
import type { Context, Json } from '../contracts/context.ts'
import type { Contract } from '../contracts/contract.ts'
import type { Warehouse } from '../models/warehouse/warehouse.ts'
import type { Sink } from '../sinks/sink.ts'
import type { Check } from './checks/check.ts'
import type { Journal } from './journal.ts'
import type { Source } from './sources/source.ts'
import type { Sync } from './syncs/sync.ts'

/** Something that the house does: it says which steps a night needs of it, and does one of them. */
export interface Job {
  readonly name: string
  /** Pure but for reading the project's own files; the same night gives the same steps. */
  steps(night: Night): Promise<readonly Step[]>
  /** Does one step. May be called again for the same step after a crash, and then must leave the same result. */
  run(room: Room, step: Step): Promise<Report>
}

/** What the project has: explicit lists, no registration at import. */
export interface Catalogue {
  readonly contracts: readonly Contract[]
  readonly sources: readonly Source[]
  readonly sinks: readonly Sink[]
  readonly checks: readonly Check[]
  readonly syncs: readonly Sync[]
  /** In the order of the night: a job may name steps of those before it in `after`. */
  readonly jobs: readonly Job[]
}

/** One pass of the whole line, to be planned. */
export interface Night {
  readonly project: Project
  readonly environment: Environment
  readonly catalogue: Catalogue
  /** The night's end, a UTC instant: no interval reaches past it, and models read it as `$now`. */
  readonly at: string
  /** The interval that a pipeline has to answer for on a connection; undefined where it is closed up to the night's end. */
  readonly interval: (pipeline: string, connection: Connection) => Interval | undefined
  /** Steps of the jobs before this one. */
  readonly before: readonly Step[]
}

/** One node of a run's graph, as a plain value. */
export interface Step {
  /** Unique in the run, and readable: `load storefront.orders north`. */
  readonly id: string
  readonly job: string
  readonly args: Json
  /** Ids of steps that must be done first. */
  readonly after: readonly string[]
  /** Relations written; the kernel lets one step at a time write a relation. */
  readonly writes: readonly string[]
  /** What only one step at a time may hold, across processes: the API budget of a connection, by its name. */
  readonly pool?: string
  readonly risk: Risk
}

/** What a running step is handed. */
export interface Room extends Context {
  readonly project: Project
  readonly environment: Environment
  readonly catalogue: Catalogue
  readonly run: string
  /** The fencing token of this claim. */
  readonly token: number
  /** Opens the warehouse for the work, under its lease; holds it no longer than the work takes. */
  warehouse<T>(work: (warehouse: Warehouse) => Promise<T>): Promise<T>
  readonly journal: Journal
  /** Rows done so far, and of how many when that is known; shown while the step runs. */
  readonly progress: (done: number, of?: number) => void
}

/** What a step did. Totals of a run are derived from these. */
export interface Report {
  /** Named counts: `in`, `loaded`, `rejected`, `sent`, … */
  readonly counts: Readonly<Record<string, number>>
  readonly findings?: readonly FoundSummary[]
  /** Sentences for the end of the run; no personal field. */
  readonly notes?: readonly string[]
}

export interface FoundSummary {
  readonly check: string
  readonly kind: string
  readonly connection: string
  readonly count: number
  /** Exact decimals by currency. */
  readonly atRisk: Readonly<Record<string, string>>
}
