import { Fault } from '../contracts/fault.ts'
import type { Warehouse } from '../models/warehouse/warehouse.ts'
import { type Holder, isDead, thisProcess } from './kernel/holder.ts'
import type { State } from './state/state.ts'

/** How long another command waits for the file before it says who holds it, in milliseconds. */
const patienceMs = 15_000
const idleMs = 300
const leaseMs = 60_000
const askEveryMs = 100

export interface Lane {
  /** Opens the warehouse for the work, one work at a time in this process; closed again when the lane is idle. */
  use<T>(work: (warehouse: Warehouse) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export interface LaneTerms {
  readonly state: State
  readonly command: string
  readonly open: () => Promise<Warehouse>
  /** Called when the file has been opened, before any work. */
  readonly opened: (warehouse: Warehouse) => Promise<void>
}

/** One file, many commands: the file is open only for a step's work, under a lease that names who holds it. */
export function warehouseLane(terms: LaneTerms): Lane {
  const me = JSON.stringify(thisProcess())
  let warehouse: Warehouse | undefined
  let turn: Promise<unknown> = Promise.resolve()
  let idle: NodeJS.Timeout | undefined
  let beat: NodeJS.Timeout | undefined

  const opened = async (): Promise<Warehouse> => {
    clearTimeout(idle)
    if (warehouse !== undefined) return warehouse
    await acquire(terms.state, me, terms.command)
    try {
      const fresh = await terms.open()
      await terms.opened(fresh)
      warehouse = fresh
    } catch (error) {
      await releaseLease(terms.state, me)
      throw error
    }
    beat = setInterval(() => void prolong(terms.state, me), leaseMs / 3)
    beat.unref()
    return warehouse
  }
  const shut = async (): Promise<void> => {
    clearTimeout(idle)
    clearInterval(beat)
    const open = warehouse
    warehouse = undefined
    if (open === undefined) return
    await open.close()
    await releaseLease(terms.state, me)
  }
  const queue = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work, work)
    turn = result.catch(() => undefined)
    return result
  }
  return {
    use: work =>
      queue(async () => {
        const open = await opened()
        try {
          return await work(open)
        } finally {
          idle = setTimeout(() => void queue(shut), idleMs)
        }
      }),
    close: () => queue(shut),
  }
}

const lease = 'warehouse'

async function acquire(state: State, me: string, command: string): Promise<void> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const holder = await tryAcquire(state, me, command)
    if (holder === undefined) return
    if (Date.now() > deadline) throw heldBy(holder)
    await new Promise(resolve => setTimeout(resolve, askEveryMs))
  }
}

interface Held {
  readonly holder: Holder
  readonly command: string
  readonly since: number
}

function tryAcquire(state: State, me: string, command: string): Promise<Held | undefined> {
  return state.write(async tables => {
    const row = await tables.selectFrom('lease').selectAll().where('name', '=', lease).executeTakeFirst()
    const now = Date.now()
    if (row !== undefined && row.holder !== me) {
      const holder = JSON.parse(row.holder) as Holder
      if (row.until > now && !isDead(holder)) return { holder, command: row.command, since: row.since }
    }
    const values = { holder: me, command, since: now, until: now + leaseMs }
    await tables
      .insertInto('lease')
      .values({ name: lease, ...values })
      .onConflict(conflict => conflict.column('name').doUpdateSet(values))
      .execute()
    return undefined
  })
}

const prolong = (state: State, me: string): Promise<unknown> =>
  state.write(tables =>
    tables
      .updateTable('lease')
      .set({ until: Date.now() + leaseMs })
      .where('name', '=', lease)
      .where('holder', '=', me)
      .execute(),
  )

const releaseLease = (state: State, me: string): Promise<unknown> =>
  state.write(tables => tables.deleteFrom('lease').where('name', '=', lease).where('holder', '=', me).execute())

export const heldBy = ({ holder, command, since }: Held): Fault =>
  new Fault({
    what: `the warehouse is in use by \`boomerang ${command}\` (process ${holder.pid} on ${holder.host}), since ${new Date(since).toISOString()}`,
    where: 'the warehouse file',
    hint: 'Try again when it has ended; nothing was done.',
    retry: 'later',
    kind: 'held',
  })
