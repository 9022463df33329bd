import { leaseMs } from '../kernel/claim.ts'
import type { Tables } from '../kernel/history.ts'
import { type Holder, isDead, thisProcess } from '../kernel/holder.ts'
import type { State } from '../state/state.ts'
import type { Alert } from './alert.ts'
import { alertWith, mutesOf } from './book.ts'
import { isMuted } from './decide.ts'
import type { NoticeRow } from './owed.ts'

/** The right to send one notice; until it is settled no other process sends to the same place. */
export interface Sending {
  readonly notice: NoticeRow
  /** Absent where it tells of no alert. */
  readonly alert: Alert | undefined
}

const second = 1_000
const longestWaitMs = 60 * 60 * second

/** The longest time, in milliseconds, for which a place is left alone because it asks for that: one that says a century is broken. */
const longestAskedMs = 24 * 60 * 60 * second

/** How long, in milliseconds, after the so manieth failure a place is tried again: from a quarter of a minute up to an hour. */
const waitAfter = (tries: number, askedMs = 0): number =>
  Math.max(Math.min(15 * second * 2 ** (tries - 1), longestWaitMs), Math.min(askedMs, longestAskedMs))

/**
 * Takes what is to be sent next to a place. What a process has claimed that died is taken again: whether it was sent nobody knows, and told
 * twice is better than not at all. Undefined where nothing is due, or another process sends there.
 */
export async function claimNotice(state: State, route: string): Promise<Sending | undefined> {
  const now = await state.now()
  if ((await nextDue(state.read, route, now)) === undefined) return undefined
  return state.write(async tables => {
    const found = await nextDue(tables, route, now)
    if (found === undefined) return undefined
    const notice: NoticeRow = {
      ...found.notice,
      state: 'sending',
      tries: found.notice.tries + 1,
      holder: JSON.stringify(thisProcess()),
      lease_until: now + leaseMs,
    }
    await keep(tables, notice)
    return { ...found, notice }
  })
}

async function nextDue(tables: Tables, route: string, now: number): Promise<Sending | undefined> {
  const rows = await tables
    .selectFrom('notice')
    .selectAll()
    .where('route', '=', route)
    .where('state', '!=', 'sent')
    .orderBy('at')
    .orderBy('alert')
    .execute()
  if (rows.some(row => isHeld(row, now))) return undefined
  const mutes = await mutesOf(tables)
  for (const notice of rows) {
    if (notice.state === 'due' && notice.due_at > now) continue
    if (notice.what === 'recovered' && rows.some(row => row.alert === notice.alert && row.what === 'opened')) continue
    const alert = await alertWith(tables, notice.alert)
    if (notice.what === 'opened' && (alert === undefined || isQuiet(alert, notice, { mutes, now }))) continue
    return { notice, alert }
  }
  return undefined
}

const isHeld = ({ state, holder, lease_until }: NoticeRow, now: number): boolean =>
  state === 'sending' && lease_until >= now && holder !== null && !isDead(JSON.parse(holder) as Holder)

type Quiet = { readonly mutes: Awaited<ReturnType<typeof mutesOf>>; readonly now: number }

/** What has been acknowledged is not told again; what is muted waits. */
const isQuiet = (alert: Alert, { nth }: NoticeRow, { mutes, now }: Quiet): boolean =>
  (alert.acked !== undefined && nth > 0) || isMuted(alert, mutes, now)

/** The place has taken it. */
export async function settleSent(state: State, { notice }: Sending): Promise<void> {
  const now = await state.now()
  await state.write(tables => keep(tables, { ...notice, state: 'sent', sent_at: now, holder: null, why: null }))
}

/** The place has not taken it: it is left alone for a while, and then tried again. What is older than `keepMs` is given up: false. */
export async function settleFailed(
  state: State,
  { notice }: Sending,
  { why, waitMs, keepMs }: { readonly why: string; readonly waitMs: number | undefined; readonly keepMs: number },
): Promise<boolean> {
  const now = await state.now()
  const due = now + waitAfter(notice.tries, waitMs)
  const keeps = now - notice.at < keepMs
  await state.write(async tables => {
    await keep(tables, { ...notice, state: keeps ? 'due' : 'sent', due_at: due, holder: null, why })
    await tables
      .updateTable('notice')
      .set({ due_at: due })
      .where('route', '=', notice.route)
      .where('state', '=', 'due')
      .where('due_at', '<', due)
      .execute()
  })
  return keeps
}

async function keep(tables: Tables, { alert, route, what, nth, ...values }: NoticeRow): Promise<void> {
  await tables
    .updateTable('notice')
    .set(values)
    .where('alert', '=', alert)
    .where('route', '=', route)
    .where('what', '=', what)
    .where('nth', '=', nth)
    .execute()
}
