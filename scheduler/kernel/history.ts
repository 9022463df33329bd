import type { Kysely } from 'kysely'
import type { Json } from '../../contracts/context.ts'
import type { StateTables } from '../state/state.ts'

export type Tables = Kysely<StateTables>

export interface Note {
  readonly run: string
  /** Empty where it tells of the run as a whole. */
  readonly step: string
  readonly what:
    | 'planned'
    | 'claimed'
    | 'done'
    | 'retried'
    | 'failed'
    | 'released'
    | 'reopened'
    | 'superseded'
    | 'cancelled'
  readonly facts: Json
}

/** Adds one line to the history, which is never changed. */
export async function note(tables: Tables, { run, step, what, facts }: Note, now: number): Promise<void> {
  await tables
    .insertInto('event')
    .values({ at: now, run, step, what, facts: JSON.stringify(facts) })
    .execute()
}
