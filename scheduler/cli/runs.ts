import { Fault } from '../../contracts/fault.ts'
import type { Report } from '../../jobs/job.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Office } from '../office.ts'
import type { StateTables } from '../state/state.ts'
import { countsText } from './render.ts'
import { cut, lasted, minute, minuteOf, table } from './table.ts'

/** The runs, newest first; or the steps of one, with how often they were tried and what stopped them. */
export async function runs({ state }: Office, run: string | undefined): Promise<number> {
  if (run !== undefined) return oneRun(state, run)
  const rows = await state.read
    .selectFrom('run')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('slot', 'desc')
    .limit(30)
    .execute()
  process.stdout.write(
    rows.length === 0
      ? 'No run yet. Next: boomerang run\n'
      : `${table([['run', 'state', 'began', 'took', 'answers for'], ...rows.map(runRow)])
          .split('\n')
          .map(line => cut(line, widest))
          .join('\n')}\n`,
  )
  return exitCodes.ok.code
}

/** A terminal shows so many signs in a line. */
const widest = 120

/** What is no night has its own id behind what it answers for. */
const runRow = ({ id, kind, slot, state, created_at, ended_at }: StateTables['run']): readonly string[] => [
  id,
  state,
  minuteOf(created_at),
  ended_at === null ? '' : lasted(ended_at - created_at),
  kind === 'night' ? `the night of ${minute(slot)}Z` : slot.replace(` (${id})`, ''),
]

async function oneRun(state: Office['state'], run: string): Promise<number> {
  const steps = await state.read.selectFrom('step').selectAll().where('run', '=', run).orderBy('ordinal').execute()
  if (steps.length === 0)
    throw new Fault({
      what: `there is no run ${run}`,
      where: 'the state store',
      hint: '`boomerang runs` lists them.',
      retry: 'never',
    })
  const rows = steps.map(step => {
    const seconds =
      step.ended_at === null || step.started_at === null
        ? ''
        : `${((step.ended_at - step.started_at) / 1000).toFixed(1)} s`
    const fault = step.fault === null ? undefined : (JSON.parse(step.fault) as { what: string })
    const counts = step.report === null ? '' : countsText((JSON.parse(step.report) as Report).counts)
    return [step.state, step.id, seconds, step.attempt > 1 ? `try ${step.attempt}` : '', fault?.what ?? counts]
  })
  process.stdout.write(`${table(rows)}\n`)
  return exitCodes.ok.code
}
