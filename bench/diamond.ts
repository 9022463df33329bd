import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Catalogue, Room, Step } from '../jobs/job.ts'
import type { Deliverer } from '../scheduler/deliver/deliver.ts'
import { createRun } from '../scheduler/kernel/run.ts'
import { openState } from '../scheduler/state/open.ts'
import { noTraces } from '../scheduler/telemetry/traces.ts'
import { workOn } from '../scheduler/worker.ts'

const [levels, width, stepMs] = [20, 10, 20] as const

/** What no scheduler can beat: each level waits for the one above. */
export const idealMs = levels * stepMs

/** Each step waits for two of the level above. */
const diamond: readonly Step[] = Array.from({ length: levels * width }, (_, n) => {
  const level = Math.floor(n / width)
  const above = (at: number): string => `s${(level - 1) * width + (at % width)}`
  const after = level === 0 ? [] : [above(n), above(n + 1)]
  return { id: `s${n}`, job: 'sleep', args: {}, after, writes: [], risk: 'operational' }
})

const sleep = {
  name: 'sleep',
  steps: async () => diamond,
  run: async () => {
    await wait(stepMs)
    return { counts: {} }
  },
}
const catalogue: Catalogue = { contracts: [], sources: [], sinks: [], checks: [], syncs: [], jobs: [sleep] }

/** Milliseconds from the first wake to the end of the run, planning not counted; over SQLite in a file. */
export async function timeDiamond(deliverer: Deliverer): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'diamond-'))
  const state = await openState({ address: join(folder, 'state.sqlite') })
  try {
    await createRun(state, { run: 'r', slot: 'r', steps: diamond }, await state.now())
    const began = performance.now()
    await workOn({
      state,
      deliverer,
      run: 'r',
      signal: new AbortController().signal,
      room: () => ({ catalogue }) as unknown as Room,
      tell: () => undefined,
      masked: fault => fault,
      random: Math.random,
      traces: noTraces,
    })
    return performance.now() - began
  } finally {
    await state.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
