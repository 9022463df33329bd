import type { Connection, Risk } from '../../contracts/connection.ts'

/**
 * One reconciliation or drift check: a query that gives findings. The engine runs it, remembers what it found under `ops.findings`
 * and says what is new, what persists and what is resolved.
 */
export interface Check {
  readonly name: string
  /** Whether two systems are compared with each other, or one with its own past. */
  readonly job: 'reconcile' | 'drift'
  readonly risk: Risk
  /** Relations that must have been brought up to date before the check can speak. */
  readonly reads: readonly string[]
  /** The groups of connections that it compares, one query each; none where the project lacks a side. */
  scopes(connections: readonly Connection[]): readonly Scope[]
  /**
   * One row a finding: key, kind, detail (JSON text, no personal field), expected, found, at_risk (decimal text or null),
   * currency (or null), since (the instant from which it can be seen, or null).
   * Text built from the scope is quoted by the check.
   */
  sql(scope: Scope, now: string): string
  /** One row, one column `compared`: how many keys were compared. Zero is a Fault: a check that compared nothing is not green. */
  compared(scope: Scope, now: string): string
}

export interface Scope {
  /** The connection that findings are booked under: the authority's. */
  readonly connection: string
  readonly others: Readonly<Record<string, string>>
  readonly timeZone: string
}

/** Each connection of a system for itself. */
export const eachOf = (connections: readonly Connection[], system: string): readonly Scope[] =>
  connections
    .filter(connection => connection.system === system)
    .map(({ name, timeZone }) => ({ connection: name, others: {}, timeZone }))
