import { setTimeout as wait } from 'node:timers/promises'
import type { Catalogue, Room, Step } from '../jobs/job.ts'
import type { State } from '../scheduler/state/state.ts'
import { noTraces } from '../scheduler/telemetry/traces.ts'
import type { WorkTerms } from '../scheduler/worker.ts'

/** A step that takes its time, and ends at once when it is asked to. */
export const sleepStep = (id: string, ms: number, more: Partial<Step> = {}): Step => ({
  id,
  job: 'sleep',
  args: { ms },
  after: [],
  writes: [],
  risk: 'operational',
  ...more,
})

const sleep = {
  name: 'sleep',
  steps: async () => [],
  async run({ signal }: Room, { args }: Step) {
    const { ms } = args as { readonly ms: number }
    if (ms > 0) await wait(ms, undefined, { signal })
    return { counts: {} }
  },
}
const catalogue: Catalogue = { contracts: [], sources: [], sinks: [], checks: [], syncs: [], jobs: [sleep] }

/** Everything that works on such steps is handed, but for what wakes them. */
export const toyTerms = (state: State, signal: AbortSignal): Omit<WorkTerms, 'deliverer'> => ({
  state,
  signal,
  room: (_, more) => ({ catalogue, ...more }) as unknown as Room,
  tell: () => undefined,
  masked: fault => fault,
  random: Math.random,
  traces: noTraces,
})
