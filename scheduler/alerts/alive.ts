import type { Environment } from '../../contracts/connection.ts'
import type { Tables } from '../kernel/history.ts'
import type { Owed } from './owed.ts'
import { type Addressed, asked, refused } from './way.ts'

/** The place of the URL that hears of each night that is done, and the longest time, in milliseconds, for which that is news. */
export const aliveRoute = 'alive'
export const aliveMs = 24 * 60 * 60_000

/** The newest night that is done, where nobody has been told yet. */
export async function aliveOwed(
  tables: Tables,
  { alive }: Environment,
  now: number,
): Promise<readonly { readonly of: string; readonly owed: Owed }[]> {
  if (alive === undefined) return []
  const night = await tables
    .selectFrom('run')
    .select('id')
    .where('kind', '=', 'night')
    .where('state', '=', 'done')
    .where('ended_at', '>=', now - aliveMs)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('notice')
            .select('notice.alert')
            .whereRef('notice.alert', '=', 'run.id')
            .where('notice.route', '=', aliveRoute),
        ),
      ),
    )
    .orderBy('slot', 'desc')
    .executeTakeFirst()
  return night === undefined
    ? []
    : [{ of: night.id, owed: { add: [{ route: aliveRoute, what: 'alive', nth: 0 }], drop: [] } }]
}

/** Fetches the URL, and nothing else: that it was fetched is all that there is to say. */
export async function ping(to: Addressed): Promise<void> {
  const { status, waitMs } = await asked(to, { method: 'GET' })
  if (status >= 200 && status < 300) return
  throw refused(to.route, `the URL answered ${status}`, { hint: 'See that it is the one that was given out.', waitMs })
}
