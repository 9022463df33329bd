import { inTurn } from '../contracts/in-turn.ts'
import type { Warehouse } from '../models/warehouse/warehouse.ts'
import { leaseMs } from './kernel/claim.ts'
import { thisProcess } from './kernel/holder.ts'
import { acquireLease, prolongLease, releaseLease } from './lease.ts'
import type { State } from './state/state.ts'

/** How long another command waits for the file before it says who holds it, in milliseconds. */
const patienceMs = 10_000
const idleMs = 300

export interface Lane {
  /**
   * Opens the warehouse for the work, one work at a time in this process; closed again when the lane is idle. Work must not ask
   * for the lane again: it would wait for itself. Where another command holds the file it waits for it so many milliseconds, or as the lane does.
   */
  use<T>(work: (warehouse: Warehouse) => Promise<T>, patience?: number): Promise<T>
  /** Keeps the file closed for the work, and every other command from opening it. */
  holding<T>(work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

export interface LaneTerms {
  readonly state: State
  /** What other commands are told that holds the warehouse. */
  readonly command: string
  readonly open: () => Promise<Warehouse>
  /** Called when the file has been opened, before any work; when it fails the file is closed again. */
  readonly opened: (warehouse: Warehouse) => Promise<void>
  /** In milliseconds; another than the usual one only where nobody should wait. */
  readonly patience?: number
}

/** One file, many commands: the file is open only for a step's work, under a lease that names who holds it. */
export function warehouseLane(terms: LaneTerms): Lane {
  let open: Opened | undefined
  let idle: NodeJS.Timeout | undefined
  const next = inTurn()
  const shut = async (): Promise<void> => {
    clearTimeout(idle)
    const closing = open
    open = undefined
    await closing?.close()
  }
  return {
    use: (work, patience = terms.patience) =>
      next(async () => {
        clearTimeout(idle)
        open ??= await openUnderLease({ ...terms, ...(patience === undefined ? {} : { patience }) })
        try {
          return await work(open.warehouse)
        } finally {
          idle = setTimeout(() => void next(shut).catch(() => undefined), idleMs)
        }
      }),
    holding: work =>
      next(async () => {
        await shut()
        const leave = await underLease(terms)
        return work().finally(leave)
      }),
    close: () => next(shut),
  }
}

interface Opened {
  readonly warehouse: Warehouse
  close(): Promise<void>
}

/** Takes the lease, keeps it, and gives what ends it. */
async function underLease({ state, command, patience = patienceMs }: LaneTerms): Promise<() => Promise<void>> {
  const lease = { state, name: 'warehouse', holder: JSON.stringify(thisProcess()), command } as const
  await acquireLease(lease, patience)
  const beat = setInterval(() => void prolongLease(lease).catch(() => undefined), leaseMs / 3)
  beat.unref()
  return async () => {
    clearInterval(beat)
    await releaseLease(lease)
  }
}

async function openUnderLease(terms: LaneTerms): Promise<Opened> {
  const leave = await underLease(terms)
  try {
    const warehouse = await openChecked(terms)
    return { warehouse, close: () => warehouse.close().finally(leave) }
  } catch (error) {
    await leave()
    throw error
  }
}

async function openChecked({ open, opened }: LaneTerms): Promise<Warehouse> {
  const warehouse = await open()
  try {
    await opened(warehouse)
    return warehouse
  } catch (error) {
    await warehouse.close()
    throw error
  }
}
