import { openSqlite } from '../../scheduler/state/sqlite.ts'
import type { State } from '../../scheduler/state/state.ts'
import { randomOf } from '../chaos/counts.ts'
import { type Agenda, newAgenda } from './agenda.ts'
import { type FencedWarehouse, fencedWarehouse } from './warehouse.ts'

/** Where a simulated house stands: a real state store in memory, and all else by one seed. */
export interface World {
  readonly agenda: Agenda
  /** As the house sees it: a write may fail before its commit, or after it. */
  readonly state: State
  /** Without troubles. */
  readonly quiet: State
  readonly warehouse: FencedWarehouse
  readonly random: () => number
  /** True so often, as long as there are troubles. */
  readonly chance: (share: number) => boolean
  /** The clock of the store's machine. */
  now(): number
  jump(ms: number): void
}

const began = Date.parse('2026-06-30T00:05:00Z')

/** For so long there are troubles; then all must come to its end, in milliseconds. */
export const troubledMs = 12 * 60_000

export async function newWorld(seed: number): Promise<World> {
  const random = randomOf(seed)
  const agenda = newAgenda()
  const quiet = await openSqlite(':memory:')
  let skew = 0
  const chance = (share: number): boolean => random() < share && agenda.time < troubledMs
  const now = (): number => began + agenda.time + skew
  const world: World = {
    agenda,
    quiet,
    warehouse: fencedWarehouse(),
    random,
    chance,
    now,
    jump(ms) {
      skew += ms
    },
    state: {
      ...quiet,
      now: async () => now(),
      async write(work) {
        if (chance(0.01)) throw new Error('the store broke before the commit')
        const result = await quiet.write(work)
        if (chance(0.01)) throw new Error('the store broke after the commit')
        return result
      },
    },
  }
  return world
}
