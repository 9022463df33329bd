import type { State } from '../state/state.ts'

/**
 * Takes away the ended runs of streams, but for the newest, and the intervals that they closed: there is one every few seconds. The newest
 * interval of a pipeline stays, whoever closed it: it tells how far the pipeline is.
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
    await tables
      .deleteFrom('interval')
      .where('run', 'in', old)
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
      .execute()
  })
}
