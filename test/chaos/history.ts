import { sql } from 'kysely'
import type { Step } from '../../jobs/job.ts'
import type { Warehouse } from '../../models/warehouse/warehouse.ts'
import type { State } from '../../scheduler/state/state.ts'
import type { History, Span, Written } from './oracle.ts'

/** What a state store remembers, in the order in which it was written. */
export async function historyOf({ read }: State, more: Partial<History> = {}): Promise<History> {
  const steps = await read.selectFrom('step').select(['run', 'id', 'state', 'pool', 'spec']).execute()
  /** Writers of PostgreSQL go one after the other, and each has its number from its first change on; where a row lies says nothing. */
  const order = (await isSqlite(read)) ? sql`rowid` : sql`xmin::text::bigint, ctid`
  const events = await read.selectFrom('event').selectAll().orderBy(order).execute()
  const intervals = await read.selectFrom('interval').selectAll().execute()
  return {
    runs: await read.selectFrom('run').select(['id', 'slot', 'state']).execute(),
    steps: steps.map(({ run, id, state, pool, spec }) => ({
      run,
      id,
      state,
      pool: pool ?? undefined,
      writes: (JSON.parse(spec) as Step).writes,
    })),
    edges: await read.selectFrom('edge').selectAll().execute(),
    events: events.map(({ facts, ...event }) => ({
      ...event,
      token: (JSON.parse(facts) as { readonly token?: number }).token,
    })),
    intervals: intervals.map(({ pipeline, connection, from_at, to_at, state }) => ({
      pipeline,
      connection,
      from: from_at,
      to: to_at,
      state,
    })),
    ...more,
  }
}

const isSqlite = async (read: State['read']): Promise<boolean> =>
  sql`select sqlite_version()`.execute(read).then(
    () => true,
    () => false,
  )

/** What a warehouse remembers: the last token of each relation, and what was loaded. */
export async function loadedIn(warehouse: Warehouse): Promise<Pick<History, 'loads' | 'writes'>> {
  const fences = await warehouse.query({ sql: 'select relation, token from ops.fences order by relation' })
  const loads = await warehouse.query({
    sql: `select pipeline, connection, interval_from, interval_to from ops.loads
      where state = 'applied' and pipeline is not null order by all`,
  })
  const instant = (cell: unknown): string => String(cell)
  return {
    writes: fences.map(({ relation, token }): Written => ({ relation: String(relation), token: Number(token) })),
    loads: loads.map(
      (row): Span => ({
        pipeline: String(row.pipeline),
        connection: String(row.connection),
        from: instant(row.interval_from),
        to: instant(row.interval_to),
      }),
    ),
  }
}
