import type { Fault } from '../../contracts/fault.ts'
import { standingOf, type Why, whyAll } from '../kernel/why.ts'
import { type Nights, nextOfFailed } from '../next.ts'
import type { State, StateTables } from '../state/state.ts'

type KeptFault = Partial<Pick<Fault, 'what' | 'where' | 'hint'>>
type Run = StateTables['run']
type Step = StateTables['step']

const faultOf = ({ fault }: Pick<Step, 'fault'>): KeptFault => JSON.parse(fault ?? '{}') as KeptFault

/**
 * For each step that is not done of a run that still says something, why: what it waits for, with the error of its last try; or why it failed, what
 * to do about that, and what to type then. What a later night has taken over is that one's.
 */
export async function whyNotDone(state: State, nights: Nights): Promise<readonly Why[]> {
  const standing = await standingOf(state)
  const rows = new Map(standing.steps.map(row => [`${row.run} ${row.id}`, row]))
  const open = whyAll(standing).map(each => ({
    ...each,
    why: withLastError(each, rows.get(`${each.run} ${each.step}`)),
  }))
  return [...open, ...(await stuck(state, nights))]
}

function withLastError({ state, why }: Why, row: Step | undefined): string {
  const { what, where } = row === undefined ? {} : faultOf(row)
  if (state !== 'ready' || what === undefined) return why
  return why.endsWith(`, after: ${what}`) ? `${why} (${where})` : `${why}; its last try: ${what} (${where})`
}

/** What nothing goes on with by itself: steps that failed, and those behind them. */
async function stuck({ read }: State, nights: Nights): Promise<readonly Why[]> {
  const runs = (await read.selectFrom('run').selectAll().where('state', 'in', ['running', 'failed']).execute()).filter(
    run => speaks(run, nights),
  )
  if (runs.length === 0) return []
  const byId = new Map(runs.map(run => [run.id, run]))
  const rows = await read
    .selectFrom('step')
    .selectAll()
    .where('run', 'in', [...byId.keys()])
    .where('state', 'in', ['failed', 'blocked'])
    .orderBy('run')
    .orderBy('state', 'desc')
    .orderBy('ordinal')
    .execute()
  return rows.map(row => ({
    run: row.run,
    step: row.id,
    state: row.state,
    why: whyStuck(row, byId.get(row.run) as Run, nights),
  }))
}

/** Of nights only the newest does; a batch of events that failed is loaded with the next. */
const speaks = ({ id, kind }: Run, { newest }: Nights): boolean =>
  kind === 'night' ? id === newest?.id : kind !== 'stream'

function whyStuck(row: Step, run: Run, nights: Nights): string {
  const { what = 'nobody knows why', where, hint } = faultOf(row)
  if (row.state === 'blocked') return what
  const place = where === undefined || where === row.id ? '' : ` (${where})`
  const tried = row.attempt > 1 ? `, after ${row.attempt} tries` : ''
  return [
    `${what}${place}${tried}.`,
    ...(hint === undefined ? [] : [hint]),
    `Next: ${nextOfFailed(run, nights).command}`,
  ].join(' ')
}
