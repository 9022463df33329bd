import type { Json } from '../../contracts/context.ts'
import type { PortableFunction } from '../compiler/portable-functions.ts'

/** A row as every engine gives it: decimals and instants as text, integers as bigint, JSON as text. */
export type Cell = string | bigint | boolean | number | null
export type Cells = Readonly<Record<string, Cell>>

/** One SQL statement in the engine's own dialect, with its values apart. */
export interface Statement {
  readonly sql: string
  readonly parameters?: readonly (string | number | bigint | boolean | null)[]
}

export interface ColumnType {
  readonly name: string
  readonly type: string
}

export interface Reader {
  /** The output columns of a query, without running it; a Fault names the line and what is wrong. */
  check(sql: string): Promise<readonly ColumnType[]>
  /** The columns of a relation `schema.table`, or undefined where it does not stand. */
  columns(relation: string): Promise<readonly ColumnType[] | undefined>
  /** All rows; a Fault over 10,000, so that nothing large passes by accident. */
  query(statement: Statement): Promise<readonly Cells[]>
  /** Materialised, counted, then streamed in batches; a Fault if fewer rows arrive than were counted. */
  stream(statement: Statement): AsyncIterable<readonly Cells[]>
}

/** A query whose rows break a promise: it must give none. Its rows are shown to the person who reads the failure. */
export interface Audit {
  readonly name: string
  readonly sql: string
  /** Its rows are told and stop nothing; without it they stop the work that they were found in. */
  readonly severity?: 'warn'
}

export interface Unit {
  /** Names the work: a unit whose key stands in `ops.loads` as applied is not done twice. */
  readonly key: string
  /** The fencing token of the step; lower than one already seen for a written relation is refused. */
  readonly token: number
  readonly writes: readonly string[]
  readonly statements: readonly Statement[]
  /** Run after the statements, inside the unit; any row rolls all back. */
  readonly audits?: readonly Audit[]
  /** Remembered with the key in `ops.loads`. */
  readonly load?: LoadFacts
}

export interface LoadFacts {
  readonly pipeline: string
  readonly connection: string
  readonly from: string
  readonly to: string
  /** When a person asked for the interval once more; absent where it was a night's. */
  readonly asked?: string
  /** `stopped`: the reject limit stopped the load; rejects were written, raw was not touched, the interval stays open. */
  readonly state: 'applied' | 'stopped'
  readonly run: string
  /** When the gate had judged the last record, and when what it accepted was brought in. */
  readonly judgedAt: string
  readonly at: string
  /** Counts: delivered, claimed, unclaimed, and made, accepted, rejected of each contract. */
  readonly counts: Json
}

export type Applied = 'applied' | 'already'

/** The relation under which audits and statements of a publication read the rows that it writes. */
export const written = 'made'

interface Published {
  readonly relation: string
  readonly token: number
  readonly select: string
  readonly audits: readonly Audit[]
  /** What is written to the warehouse about it; of a column that it does not have nothing is. */
  readonly told?: { readonly relation: string; readonly columns: Readonly<Record<string, string>> }
  /** Who published it and from which text, remembered in `ops.builds`. */
  readonly built?: Built
}

export interface Built {
  readonly run: string
  readonly at: string
  /** Of the whole, of the file's own query, and of its header. */
  readonly fingerprint: string
  readonly own?: string
  readonly header?: string
}

/** What becomes of columns that the query gives and the relation lacks, or the other way round. */
export type SchemaChange = 'ignore' | 'fail' | 'extend' | 'sync'

/** Rows of one interval, brought to those that stand. */
export interface Increment {
  readonly kind: 'incremental'
  readonly strategy: 'append' | 'merge' | 'delete+insert' | 'overwrite'
  /** By which a row belongs to the interval, and by which one is newer than another of its key. */
  readonly time: string
  readonly key: readonly string[]
  readonly partition: readonly string[]
  /** Half open, UTC instants. */
  readonly interval: { readonly from: string; readonly to: string }
  /** Whether what stands gives way as a whole. */
  readonly anew: boolean
  readonly schemaChange: SchemaChange
}

/** All rows as they are now; what stood differently stays as a closed version. */
export interface History {
  readonly kind: 'scd2'
  readonly key: readonly string[]
  /** What makes a new version: a newer instant in this column, or another value in one of the columns. */
  readonly by: { readonly time: string } | { readonly columns: readonly string[] | 'all' }
  /** When a change is taken to have happened that says no instant itself. */
  readonly now: string
  readonly gone: 'close' | 'keep'
  readonly schemaChange: SchemaChange
}

export type Shape = { readonly kind: 'view' | 'table' } | Increment | History
export type Publication = Published & Shape

export interface Publicated {
  /** How many rows stand; null for a view. */
  readonly rows: bigint | null
  /** What audits found that stop nothing. */
  readonly warnings: readonly string[]
}

export interface Writer {
  /**
   * Hands a relation of the local DuckDB to the warehouse and gives the name under which statements of a unit may read it.
   * Where the warehouse is that DuckDB the relation is used as it stands.
   */
  stage(relation: string, key: string): Promise<string>
  /** Atomic with `ops.loads` and `ops.fences`. A Fault when a fence or an audit refuses; then nothing has changed. */
  apply(unit: Unit): Promise<Applied>
  /** Builds beside, audits, swaps; or brings rows to those that stand and audits before anybody sees them. A Fault when an audit finds rows; then what stood before still stands. */
  publish(publication: Publication): Promise<Publicated>
}

/** The DuckDB in which landings become typed relations, whatever the warehouse is. */
export interface Local {
  run(sql: string): Promise<void>
  query(sql: string): Promise<readonly Cells[]>
  /** Streams a relation that stands (never a computed query); a Fault if fewer rows arrive than it holds. */
  read(relation: string, columns: readonly string[]): AsyncIterable<readonly Cells[]>
}

export interface Warehouse extends Reader, Writer {
  readonly local: Local
  /** Statements that define functions in it, so that a person may call them as models do. */
  defining(functions: ReadonlyMap<string, PortableFunction>): readonly Statement[]
  close(): Promise<void>
}
