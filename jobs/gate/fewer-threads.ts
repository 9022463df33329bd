import { Fault } from '../../contracts/fault.ts'
import type { Local } from '../../models/warehouse/warehouse.ts'
import { count } from './stage.ts'

/**
 * Does work that may be done over and whose need of memory grows with the threads that share it: where it does not fit, half of
 * them try again, in the end one alone. Long records are then judged slowly, and not never.
 */
export async function withFewerThreads<T>(local: Local, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (lacking) {
    if (!lacksMemory(lacking)) throw lacking
    const threads = await count(local, `select current_setting('threads')`)
    return withHalf(local, work, { threads, lacking }).finally(() => local.run(`set threads = ${threads}`))
  }
}

async function withHalf<T>(
  local: Local,
  work: () => Promise<T>,
  { threads, lacking }: { readonly threads: number; readonly lacking: Fault },
): Promise<T> {
  if (threads === 1) throw lacking
  const half = Math.floor(threads / 2)
  await local.run(`set threads = ${half}`)
  try {
    return await work()
  } catch (error) {
    if (!lacksMemory(error)) throw error
    return withHalf(local, work, { threads: half, lacking: error })
  }
}

const lacksMemory = (error: unknown): error is Fault => error instanceof Fault && error.kind === 'memory'
