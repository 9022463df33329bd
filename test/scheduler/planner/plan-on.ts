import type { Environment } from '../../../contracts/connection.ts'
import type { Office } from '../../../scheduler/office.ts'
import { type Planned, planDue } from '../../../scheduler/planner/planner.ts'
import type { State } from '../../../scheduler/state/state.ts'
import { emptyCatalogue } from '../../jobs/room.ts'
import { step } from '../fixture.ts'

export const schedule = { cron: '0 2 * * *', timeZone: 'UTC', catchUp: 'latest' } as const
export const at = (day: string): Date => new Date(`2026-06-${day}T03:00:00Z`)

const job = {
  name: 'toy',
  steps: async () => [step('a'), step('b', { after: ['a'] })],
  run: async () => ({ counts: {} }),
}

/** Plans the night that is due on the 30th, of a house with two steps. */
export function planOn(state: State): Promise<Planned> {
  const office = {
    project: { root: '', schedule, environments: [] },
    environment: { connections: [] } as unknown as Environment,
    state,
    outside: { now: () => at('30') },
  } as unknown as Office
  return planDue(office, { ...emptyCatalogue, jobs: [job] }, at('30'))
}
