import type { State, StateTables } from '../state/state.ts'
import type { Tables } from './history.ts'

/**
 * Takes away the ended runs of streams, but for the newest: there is one every few seconds. What they had closed stays closed, as one interval for
 * each stretch without a gap; the newest interval of a pipeline stays as it is.
 */
export async function forgetStreams(state: State, kept: number): Promise<void> {
  await state.write(async tables => {
    const ended = await tables
      .selectFrom('run')
      .select('id')
      .where('kind', '=', 'stream')
      .where('state', '!=', 'running')
      .orderBy('created_at', 'desc')
      .execute()
    const old = ended.slice(kept).map(({ id }) => id)
    if (old.length === 0) return
    for (const table of ['edge', 'step', 'event'] as const)
      await tables.deleteFrom(table).where('run', 'in', old).execute()
    await tables.deleteFrom('run').where('id', 'in', old).execute()
    for (const interval of await forgotten(tables, old)) await mergeInterval(tables, interval)
  })
}

const forgotten = (tables: Tables, runs: readonly string[]): Promise<StateTables['interval'][]> =>
  tables
    .deleteFrom('interval')
    .where('run', 'in', runs)
    .where('state', '=', 'closed')
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('interval as newer')
          .select('newer.to_at')
          .where('newer.state', '=', 'closed')
          .whereRef('newer.pipeline', '=', 'interval.pipeline')
          .whereRef('newer.connection', '=', 'interval.connection')
          .whereRef('newer.to_at', '>', 'interval.to_at'),
      ),
    )
    .returningAll()
    .execute()
    .then(rows => rows.toSorted((a, b) => (a.from_at < b.from_at ? -1 : 1)))

/** Adds it to the one that ends where it begins, or keeps it, as an interval of no run. */
async function mergeInterval(
  tables: Tables,
  { pipeline, connection, from_at, to_at }: StateTables['interval'],
): Promise<void> {
  const { numUpdatedRows } = await tables
    .updateTable('interval')
    .set({ to_at })
    .where('pipeline', '=', pipeline)
    .where('connection', '=', connection)
    .where('state', '=', 'closed')
    .where('run', '=', '')
    .where('to_at', '=', from_at)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n)
    await tables
      .insertInto('interval')
      .values({ pipeline, connection, from_at, to_at, state: 'closed', run: '' })
      .execute()
}
