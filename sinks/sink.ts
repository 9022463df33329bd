import type { Connection } from '../contracts/connection.ts'
import type { Context } from '../contracts/context.ts'
import type { Retry } from '../contracts/fault.ts'

/** A place where records go back to. */
export interface Sink {
  readonly name: string
  readonly accepts: readonly Change['op'][]
  /** The most changes that one call of `deliver` takes. */
  readonly batch: number
  /** True where the place can empty a field. */
  readonly clears: boolean
  /** Asks the outside who it is; nothing is delivered where the answer is another account than the connection's. */
  check(ctx: Context, connection: Connection): Promise<{ readonly account: string }>
  /**
   * Sends the changes. Resolves with one outcome for each change, in any order; it does not throw for what the outside
   * says of a single change, nor for what the outside did not say: that is `unknown`.
   */
  deliver(ctx: Context, delivery: SinkDelivery): Promise<readonly Outcome[]>
  /** What the place holds now, for the ids it knows; absent where it cannot answer. */
  read?(ctx: Context, request: SinkRead): Promise<Readonly<Record<string, Fields>>>
}

export interface SinkDelivery {
  readonly connection: Connection
  readonly changes: readonly Change[]
}

export interface SinkRead {
  readonly connection: Connection
  readonly ids: readonly string[]
  readonly fields: readonly string[]
}

/** Field to value, as text; null clears the field. A field that is not named is left alone. */
export type Fields = Readonly<Record<string, string | null>>

/** What is to be done to one record. `key` is the idempotency key: the same for every retry of the same change. */
export type Change =
  | { readonly op: 'upsert'; readonly id: string; readonly key: string; readonly fields: Fields }
  | { readonly op: 'delete'; readonly id: string; readonly key: string }

/**
 * What became of one change.
 * acked: the place said that it holds the values. rejected: it said no, and will say no again.
 * deferred: it was not taken now; a later try may succeed. unknown: no answer came, it may or may not hold them.
 */
export type Outcome =
  | { readonly id: string; readonly state: 'acked'; readonly remote?: string }
  | { readonly id: string; readonly state: 'rejected'; readonly why: string }
  | { readonly id: string; readonly state: 'deferred'; readonly why: string; readonly retry: Retry }
  | { readonly id: string; readonly state: 'unknown'; readonly why: string }
