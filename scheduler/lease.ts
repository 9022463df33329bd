import { setTimeout as wait } from 'node:timers/promises'
import { Fault } from '../contracts/fault.ts'
import { leaseMs } from './kernel/claim.ts'
import { type Holder, isDead } from './kernel/holder.ts'
import type { State } from './state/state.ts'

const askEveryMs = 100

/** What one command at a time may hold. */
export type LeaseName = 'warehouse' | 'events'

export interface LeaseTerms {
  readonly state: State
  readonly name: LeaseName
  /** A Holder as JSON: the same process may take its own lease again. */
  readonly holder: string
  readonly command: string
}

/** Takes the lease. Waits so many milliseconds for another command, then a Fault says who holds it. */
export async function acquireLease(terms: LeaseTerms, patienceMs: number): Promise<void> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const held = await tryAcquire(terms, await terms.state.now())
    if (held === undefined) return
    if (Date.now() >= deadline) throw heldBy(terms.name, held)
    await wait(askEveryMs)
  }
}

export interface Held {
  readonly holder: Holder
  readonly command: string
  readonly since: number
}

function tryAcquire({ state, name, holder, command }: LeaseTerms, now: number): Promise<Held | undefined> {
  return state.write(async tables => {
    const row = await tables.selectFrom('lease').selectAll().where('name', '=', name).executeTakeFirst()
    if (row !== undefined && row.holder !== holder && row.until > now) {
      const other = JSON.parse(row.holder) as Holder
      if (!isDead(other)) return { holder: other, command: row.command, since: row.since }
    }
    const values = { holder, command, since: now, until: now + leaseMs }
    await tables
      .insertInto('lease')
      .values({ name, ...values })
      .onConflict(conflict => conflict.column('name').doUpdateSet(values))
      .execute()
    return undefined
  })
}

/** False where another has taken it: what it guarded must end. */
export async function prolongLease({ state, name, holder }: LeaseTerms): Promise<boolean> {
  const until = (await state.now()) + leaseMs
  const { numUpdatedRows } = await state.write(tables =>
    tables
      .updateTable('lease')
      .set({ until })
      .where('name', '=', name)
      .where('holder', '=', holder)
      .executeTakeFirstOrThrow(),
  )
  return numUpdatedRows === 1n
}

export async function releaseLease({ state, name, holder }: LeaseTerms): Promise<void> {
  await state.write(tables =>
    tables.deleteFrom('lease').where('name', '=', name).where('holder', '=', holder).execute(),
  )
}

const things: Readonly<Record<LeaseName, readonly [what: string, where: string]>> = {
  warehouse: ['the warehouse is in use', 'the warehouse file'],
  events: ['events are taken in', 'the spools of the environment'],
}

export const heldBy = (name: LeaseName, { holder, command, since }: Held): Fault =>
  new Fault({
    what: `${things[name][0]} by \`boomerang ${command}\` (process ${holder.pid} on ${holder.host}) since ${new Date(since).toISOString().slice(0, 19)}Z`,
    where: things[name][1],
    hint: 'Try again when it has ended; nothing was done.',
    retry: 'later',
    kind: 'held',
  })
