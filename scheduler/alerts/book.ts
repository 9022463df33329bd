import { randomUUID } from 'node:crypto'
import { risks } from '../../contracts/connection.ts'
import type { Tables } from '../kernel/history.ts'
import type { StateTables } from '../state/state.ts'
import type { Alert, Deed, Mute, Trouble } from './alert.ts'
import type { Decision } from './decide.ts'
import type { NoticeRow, Owed } from './owed.ts'

const alertOf = ({ id, facts, opened_at, closed_at, acked }: StateTables['alert']): Alert => ({
  id,
  trouble: JSON.parse(facts) as Trouble,
  openedAt: opened_at,
  closedAt: closed_at ?? undefined,
  acked: acked === null ? undefined : (JSON.parse(acked) as Deed),
})

/** What is open, the gravest first and, of one risk, the oldest. */
export async function openAlerts(tables: Tables): Promise<readonly Alert[]> {
  const rows = await tables
    .selectFrom('alert')
    .selectAll()
    .where('closed_at', 'is', null)
    .orderBy('opened_at')
    .orderBy('id')
    .execute()
  const gravity = ({ trouble }: Alert): number => risks.indexOf(trouble.risk)
  return rows.map(alertOf).toSorted((a, b) => gravity(a) - gravity(b))
}

export async function alertWith(tables: Tables, id: string): Promise<Alert | undefined> {
  const row = await tables.selectFrom('alert').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : alertOf(row)
}

export async function mutesOf(tables: Tables): Promise<readonly Mute[]> {
  return tables.selectFrom('mute').selectAll().orderBy('name').execute()
}

export async function noticesOf(tables: Tables, alerts: readonly Alert[]): Promise<readonly NoticeRow[]> {
  if (alerts.length === 0) return []
  const ids = alerts.map(({ id }) => id)
  return tables.selectFrom('notice').selectAll().where('alert', 'in', ids).orderBy('at').orderBy('nth').execute()
}

/** What stands after the decision: what is open, what is now over, and what is new, under an id of its own. */
export function afterwards(open: readonly Alert[], decision: Decision, now: number): readonly Alert[] {
  const fresh = new Map(decision.refresh.map(({ id, trouble }) => [id, trouble]))
  const over = new Set(decision.close)
  return [
    ...open.map(alert => ({
      ...alert,
      trouble: fresh.get(alert.id) ?? alert.trouble,
      closedAt: over.has(alert.id) ? now : undefined,
    })),
    ...decision.open.map(trouble => ({
      id: randomUUID().slice(0, 8),
      trouble,
      openedAt: now,
      closedAt: undefined,
      acked: undefined,
    })),
  ]
}

/** Keeps alerts as they now stand. */
export async function keepAlerts(tables: Tables, alerts: readonly Alert[]): Promise<void> {
  for (const { id, trouble, openedAt, closedAt } of alerts) {
    const values = { facts: JSON.stringify(trouble), closed_at: closedAt ?? null }
    await tables
      .insertInto('alert')
      .values({ id, trouble: trouble.key, opened_at: openedAt, acked: null, ...values })
      .onConflict(conflict => conflict.column('id').doUpdateSet(values))
      .execute()
  }
}

export async function keepOwed(tables: Tables, alert: string, owed: Owed, now: number): Promise<void> {
  for (const { route, what, nth } of owed.drop)
    await tables
      .deleteFrom('notice')
      .where('alert', '=', alert)
      .where('route', '=', route)
      .where('what', '=', what)
      .where('nth', '=', nth)
      .execute()
  for (const added of owed.add)
    await tables
      .insertInto('notice')
      .values(newNotice({ alert, ...added }, now))
      .execute()
}

const newNotice = (
  { alert, route, what, nth }: Pick<NoticeRow, 'alert' | 'route' | 'what' | 'nth'>,
  now: number,
): NoticeRow => ({
  alert,
  route,
  what,
  nth,
  state: 'due',
  at: now,
  due_at: now,
  tries: 0,
  holder: null,
  lease_until: 0,
  sent_at: null,
  why: null,
})

/** What has long been over is forgotten, and what was muted until then. */
export async function forgetOld(tables: Tables, before: number): Promise<void> {
  const old = tables.selectFrom('alert').select('id').where('closed_at', '<', before)
  await tables.deleteFrom('notice').where('alert', 'in', old).execute()
  await tables.deleteFrom('notice').where('what', '=', 'alive').where('at', '<', before).execute()
  await tables.deleteFrom('alert').where('closed_at', '<', before).execute()
  await tables.deleteFrom('mute').where('until', '<', before).execute()
}
