import type { Step } from '../jobs/job.ts'
import type { Deliverer } from '../scheduler/deliver/deliver.ts'
import { createRun } from '../scheduler/kernel/run.ts'
import { workOn } from '../scheduler/worker.ts'
import { inNewState } from './new-state.ts'
import { sleepStep, toyTerms } from './toy-work.ts'

const [levels, width, stepMs] = [20, 10, 20] as const

/** What no scheduler can beat: each level waits for the one above. */
export const idealMs = levels * stepMs

/** Each step waits for two of the level above. */
const diamond: readonly Step[] = Array.from({ length: levels * width }, (_, n) => {
  const level = Math.floor(n / width)
  const above = (at: number): string => `s${(level - 1) * width + (at % width)}`
  return sleepStep(`s${n}`, stepMs, { after: level === 0 ? [] : [above(n), above(n + 1)] })
})

/** Milliseconds from the first wake to the end of the run, planning not counted; over SQLite in a file. */
export const timeDiamond = (deliverer: Deliverer): Promise<number> =>
  inNewState(async state => {
    await createRun(state, { run: 'r', slot: 'r', steps: diamond }, await state.now())
    const began = performance.now()
    await workOn({ ...toyTerms(state, new AbortController().signal), deliverer, run: 'r' })
    return performance.now() - began
  })
