import type { Kysely } from 'kysely'

/**
 * What belongs to the machinery: runs, steps, leases, intervals, resume points, the send journal. The database decides; whatever
 * wakes a step only asks. Every change happens in `write`, which other processes see whole or not at all.
 */
export interface State {
  readonly read: Kysely<StateTables>
  /** One writing transaction; it takes the right to write before it reads. */
  write<T>(work: (tables: Kysely<StateTables>) => Promise<T>): Promise<T>
  /** Milliseconds by the clock of the store's machine: leases of several machines are measured by one clock. */
  now(): Promise<number>
  /** Looks at all of it, and says in words what it is; a Fault where it is damaged. */
  check(): Promise<string>
  close(): Promise<void>
}

export const stepStates = ['waiting', 'ready', 'running', 'done', 'failed', 'blocked'] as const
export type StepState = (typeof stepStates)[number]
export const runStates = ['running', 'done', 'failed', 'superseded', 'cancelled'] as const
export type RunState = (typeof runStates)[number]
export const runKinds = ['night', 'replay', 'backfill', 'stream', 'build'] as const
export type RunKind = (typeof runKinds)[number]

export type NoticeKind = 'opened' | 'recovered' | 'alive'

/** Times are milliseconds of the database's machine; instants of the data are text. JSON is text. */
export interface StateTables {
  readonly meta: { readonly key: string; readonly value: string }
  readonly counter: { readonly name: string; readonly value: number }
  readonly run: {
    readonly id: string
    readonly slot: string
    readonly kind: RunKind
    readonly state: RunState
    readonly created_at: number
    readonly ended_at: number | null
  }
  readonly step: {
    readonly run: string
    readonly id: string
    readonly ordinal: number
    readonly risk: number
    readonly pool: string | null
    /** From 0 on; what is lower goes first: by the lane of its run, its risk, and the length of what waits behind it. */
    readonly priority: number
    readonly spec: string
    readonly state: StepState
    readonly remaining: number
    readonly attempt: number
    readonly crashes: number
    readonly token: number
    readonly holder: string | null
    readonly lease_until: number
    /** Not to be claimed before; only a step that waits for its next try has one. */
    readonly ready_at: number
    readonly started_at: number | null
    readonly ended_at: number | null
    readonly report: string | null
    readonly fault: string | null
  }
  readonly edge: { readonly run: string; readonly parent: string; readonly child: string }
  readonly interval: {
    readonly pipeline: string
    readonly connection: string
    readonly from_at: string
    readonly to_at: string
    readonly state: 'open' | 'closed'
    readonly run: string
  }
  readonly lease: {
    readonly name: string
    readonly holder: string
    readonly command: string
    readonly since: number
    readonly until: number
  }
  /** A pool whose outside has asked to be left alone until then. */
  readonly pool: { readonly name: string; readonly rests_until: number }
  readonly resume: { readonly step: string; readonly name: string; readonly value: string }
  readonly journal: {
    readonly sync: string
    readonly connection: string
    readonly key: string
    readonly ordinal: number
    readonly entry: string
  }
  /** A trouble that is, or was, told of; at most one that is open has the same `trouble`. */
  readonly alert: {
    readonly id: string
    readonly trouble: string
    /** The Trouble as it was last seen. */
    readonly facts: string
    readonly opened_at: number
    readonly closed_at: number | null
    /** Who knows of it and works on it, since when, and why. */
    readonly acked: string | null
  }
  /** What is owed to one place: sent once it has been claimed, and again where nobody can know that it was. */
  readonly notice: {
    readonly alert: string
    readonly route: string
    readonly what: NoticeKind
    /** 0, then a number for each reminder. */
    readonly nth: number
    readonly state: 'due' | 'sending' | 'sent'
    readonly at: number
    readonly due_at: number
    readonly tries: number
    readonly holder: string | null
    readonly lease_until: number
    readonly sent_at: number | null
    /** Why the last try failed. */
    readonly why: string | null
  }
  /** What nobody wants to be told of until then: an alert's id, or the name of a pipeline, a connection or a check. */
  readonly mute: {
    readonly name: string
    readonly until: number
    readonly who: string
    readonly why: string
    readonly at: number
  }
  readonly event: {
    readonly at: number
    readonly run: string
    readonly step: string
    readonly what: string
    readonly facts: string
  }
}
