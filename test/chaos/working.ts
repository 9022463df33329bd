import type { Catalogue, Report, Room, Step } from '../../jobs/job.ts'
import type { Deliverer } from '../../scheduler/deliver/deliver.ts'
import type { State } from '../../scheduler/state/state.ts'
import { noTraces } from '../../scheduler/telemetry/traces.ts'
import { type RunEvent, workOn } from '../../scheduler/worker.ts'
import { step } from '../scheduler/fixture.ts'

export type Does = (room: Room, step: Step) => Promise<Report | undefined>

export interface Working {
  readonly state: State
  readonly deliverer: Deliverer
  readonly does: Does
  readonly signal?: AbortSignal
  readonly tell?: (event: RunEvent) => void
}

/** One worker of the run `r`, until it has ended. */
export function work({ state, deliverer, does, signal, tell }: Working): Promise<void> {
  const job = {
    name: 'toy',
    steps: async () => [],
    run: async (room: Room, each: Step) => (await does(room, each)) ?? { counts: {} },
  }
  const catalogue: Catalogue = { contracts: [], sources: [], sinks: [], checks: [], syncs: [], jobs: [job] }
  return workOn({
    state,
    deliverer,
    run: 'r',
    signal: signal ?? new AbortController().signal,
    room: (held, more) => ({ catalogue, run: held.run, token: held.token, ...more }) as Room,
    tell: tell ?? (() => undefined),
    masked: fault => fault,
    traces: noTraces,
    random: () => 0,
  })
}

/** Layers of steps with two parents each; every fifth is of a pool. */
export const diamonds = (layers: number, width: number): readonly Step[] =>
  Array.from({ length: layers * width }, (_, n) => {
    const layer = Math.floor(n / width)
    const above = (at: number): string => `s${(layer - 1) * width + (at % width)}`
    return step(`s${n}`, {
      after: layer === 0 ? [] : [above(n), above(n + 1)],
      ...(n % 5 === 0 ? { pool: 'north' } : {}),
    })
  })
