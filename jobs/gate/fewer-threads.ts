import { Fault } from '../../contracts/fault.ts'
import type { Local } from '../../models/warehouse/warehouse.ts'
import { count } from './stage.ts'

/**
 * Does work that may be done over and whose need of memory grows with the threads that share it: where it does not fit, half of
 * them try again, in the end one alone. Long records are then judged slowly, and not never.
 */
export async function withFewerThreads<T>(local: Local, work: () => Promise<T>): Promise<T> {
  const all = await count(local, `select current_setting('threads')`)
  try {
    for (let threads = all; ; await local.run(`set threads = ${threads}`))
      try {
        return await work()
      } catch (error) {
        if (threads === 1 || !(error instanceof Fault) || error.kind !== 'memory') throw error
        threads = Math.floor(threads / 2)
      }
  } finally {
    await local.run(`set threads = ${all}`)
  }
}
