import type { Json } from '../../contracts/context.ts'

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

export interface Publication {
  readonly relation: string
  readonly kind: 'view' | 'table'
  readonly token: number
  readonly select: string
  readonly audits: readonly Audit[]
  /** Who published it and from which text, remembered in `ops.builds`. */
  readonly built?: { readonly run: string; readonly at: string; readonly fingerprint: string }
}

export interface Writer {
  /**
   * Hands a relation of the local DuckDB to the warehouse and gives the name under which statements of a unit may read it.
   * Where the warehouse is that DuckDB the relation is used as it stands.
   */
  stage(relation: string, key: string): Promise<string>
  /** Atomic with `ops.loads` and `ops.fences`. A Fault when a fence or an audit refuses; then nothing has changed. */
  apply(unit: Unit): Promise<Applied>
  /** Builds beside, audits, swaps. A Fault when an audit finds rows; then what stood before still stands. Gives the row count of a table. */
  publish(publication: Publication): Promise<{ readonly rows: bigint | null }>
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
  close(): Promise<void>
}
