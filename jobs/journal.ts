import type { Change, Fields, Outcome } from '../sinks/sink.ts'

/**
 * What was sent, remembered in the state store before it is sent. After a crash an entry that is still `sending` is unknown:
 * the place may or may not hold it. No plan is made over an unsettled journal.
 */
export interface Journal {
  /** Entries of a sync and connection that are not settled, oldest first. */
  unsettled(scope: JournalScope): Promise<readonly JournalEntry[]>
  /** Durable before it resolves: from here on the changes may be outside. */
  sending(scope: JournalScope, entries: readonly JournalEntry[]): Promise<void>
  /** Durable: what the sink answered, by the change's key. */
  answered(scope: JournalScope, outcomes: readonly (readonly [key: string, outcome: Outcome])[]): Promise<void>
  /** The receipts of these keys stand in the warehouse; the entries may go. */
  settled(scope: JournalScope, keys: readonly string[]): Promise<void>
}

export interface JournalScope {
  readonly sync: string
  readonly connection: string
}

export interface JournalEntry {
  readonly change: Change
  /** What the ledger held for the fields before. */
  readonly before: Fields
  /** As of when the values hold. */
  readonly asOf: string
  readonly sentAt: string
  /** Absent while no answer has come. */
  readonly outcome?: Outcome
}
