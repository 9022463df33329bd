import type { Fault } from '../../contracts/fault.ts'
import type { Step } from '../../jobs/job.ts'
import type { Tables } from './history.ts'

/** Where the outside said how long it wants to be left alone, no step of the pool begins before: it is one budget that they share. */
export async function restPool(
  tables: Tables,
  { pool }: Pick<Step, 'pool'>,
  { waitMs, now }: { readonly waitMs: Fault['waitMs']; readonly now: number },
): Promise<void> {
  if (pool === undefined || waitMs === undefined) return
  const until = now + waitMs
  await tables
    .insertInto('pool')
    .values({ name: pool, rests_until: until })
    .onConflict(conflict =>
      conflict.column('name').doUpdateSet({ rests_until: until }).where('pool.rests_until', '<', until),
    )
    .execute()
}

export async function isResting(tables: Tables, { pool }: Pick<Step, 'pool'>, now: number): Promise<boolean> {
  if (pool === undefined) return false
  const row = await tables.selectFrom('pool').select('rests_until').where('name', '=', pool).executeTakeFirst()
  return row !== undefined && row.rests_until > now
}
