import type { Catalogue } from '../jobs/job.ts'
import { type Office, roomOf } from './office.ts'
import type { StateTables } from './state/state.ts'
import type { WorkTerms } from './worker.ts'

/** What whoever works in an office is handed, whatever it works on. */
export const workingIn = (
  office: Office,
  catalogue: Catalogue,
): Pick<WorkTerms, 'state' | 'masked' | 'random' | 'room' | 'traces'> => ({
  state: office.state,
  masked: office.outside.masked,
  random: Math.random,
  room: (held, more) => roomOf(office, catalogue, { held, ...more }),
  traces: office.traces,
})

/** The run, told to its trace where it has ended. */
export async function endedRun({ state, traces }: Office, run: string): Promise<StateTables['run'] | undefined> {
  const row = await state.read.selectFrom('run').selectAll().where('id', '=', run).executeTakeFirst()
  if (row?.state !== 'done' && row?.state !== 'failed') return undefined
  traces.ended(row)
  return row
}
