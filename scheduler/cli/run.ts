import { Fault } from '../../contracts/fault.ts'
import type { Catalogue, Step } from '../../jobs/job.ts'
import { planning, thenTell } from '../alerts/watch.ts'
import { inlineDeliverer } from '../deliver/inline.ts'
import { exitCodes } from '../exit-codes.ts'
import { createRun, newestNight, nightId, reopen, replan } from '../kernel/run.ts'
import { logEvent, stepLog } from '../log-event.ts'
import type { Office } from '../office.ts'
import { pauseOf } from '../planner/pause.ts'
import { closedEnds, planNight } from '../planner/plan-night.ts'
import { nextSlot, slotAt } from '../planner/slots.ts'
import { stepsAtOnce } from '../serve.ts'
import type { State } from '../state/state.ts'
import { workOn } from '../worker.ts'
import { endedRun, workingIn } from '../working.ts'
import { durationOf } from './duration.ts'
import { type Printer, printerFor } from './printer.ts'
import { pausedText } from './schedule.ts'
import { stopOnSignals } from './stop-on-signals.ts'
import { runSummary } from './summary.ts'
import { counted, minute } from './table.ts'

export interface RunOptions {
  readonly json: boolean
  /** For how long, `14m`; until it is done where it is absent. */
  readonly within?: string
}

/** Does the night that is due: begins it, goes on with it, or says that it is done; then tells whom it concerns. */
export const run = (office: Office, catalogue: Catalogue, options: RunOptions): Promise<number> =>
  thenTell(office, catalogue, () => night(office, catalogue, options))

async function night(office: Office, catalogue: Catalogue, { json, within }: RunOptions): Promise<number> {
  const { project, outside } = office
  const printer = printerFor(process.stdout, json)
  const givenMs = within === undefined ? undefined : durationOf('--within', within)
  const at = slotAt(project.schedule, outside.now())
  const paused = await pauseOf(office.state)
  if (paused !== undefined) {
    printer.say(pausedText(paused))
    return exitCodes.ok.code
  }
  await office.lane.use(async () => undefined)
  const due = await planning(office, () => runFor(office, catalogue, { at, printer }))
  if (due === undefined) {
    const next = nextSlot(project.schedule, outside.now())
    printer.say(
      `The night of ${minute(at)}Z is done, nothing to do${next === undefined ? '' : `; the next night ends at ${minute(next)}Z`}.`,
    )
    return exitCodes.ok.code
  }
  const again = '`boomerang run` goes on where it stopped.'
  return work(office, catalogue, { run: due, printer, again, givenMs })
}

interface Due {
  readonly run: string
  readonly printer: Printer
  /** What a person does where the work was interrupted. */
  readonly again: string
  /** Milliseconds, after which it is as if somebody had interrupted it. */
  readonly givenMs?: number | undefined
}

/** Works on a run until it has ended, and tells what became of it. */
export async function work(office: Office, catalogue: Catalogue, due: Due): Promise<number> {
  const { run, printer, again, givenMs } = due
  const stop = stopOnSignals(givenMs)
  try {
    await workOn({
      ...workingIn(office, catalogue),
      deliverer: inlineDeliverer(stepsAtOnce()),
      run,
      signal: stop.signal,
      tell(event, held) {
        printer.tell(event)
        logEvent(stepLog(office.outside.logs, held), event)
      },
    })
  } finally {
    stop.done()
    printer.end()
  }
  if (stop.signal.aborted) {
    printer.say(`Interrupted. ${again}`)
    return exitCodes.interrupted.code
  }
  await endedRun(office, run)
  const summary = await runSummary(office, run)
  printer.summary(summary)
  if (summary.state === 'done') return exitCodes.ok.code
  return summary.stopped ? exitCodes.stopped.code : exitCodes.failed.code
}

/** The run to work on, or undefined where the night is done. */
async function runFor(
  office: Office,
  catalogue: Catalogue,
  { at, printer }: { readonly at: string; readonly printer: Printer },
): Promise<string | undefined> {
  const { state, project, environment } = office
  const newest = await newestNight(state)
  if (newest !== undefined && newest.slot > at) throw clockWentBack(at, newest.slot)
  if (newest?.slot === at && newest.state === 'done') return undefined
  const steps = await planNight({ project, environment, catalogue, at, ends: await closedEnds(state) })
  if (newest?.slot === at) {
    const isSame = await isPlanned(state, newest.id, steps)
    printer.say(`Going on with the night of ${minute(at)}Z${isSame ? '' : ', planned anew: the project has changed'}.`)
    if (isSame) await reopen(state, newest.id, await state.now())
    else await replan(state, { run: newest.id, slot: at, steps }, await state.now())
    return newest.id
  }
  const begun = await createRun(state, { run: nightId(at), slot: at, steps, supersedes: true }, await state.now())
  printer.say(`The night of ${minute(at)}Z: ${counted(steps.length, 'step')}.`)
  return begun
}

/** Whether a run's steps are those that the project would do now; what is done and closed need not be planned again. */
async function isPlanned({ read }: State, run: string, steps: readonly Step[]): Promise<boolean> {
  const standing = await read.selectFrom('step').select(['id', 'state']).where('run', '=', run).execute()
  const known = new Set(standing.map(({ id }) => id))
  const wanted = new Set(steps.map(({ id }) => id))
  return steps.every(({ id }) => known.has(id)) && standing.every(({ id, state }) => state === 'done' || wanted.has(id))
}

const clockWentBack = (at: string, newest: string): Fault =>
  new Fault({
    what: `the night that is due ends at ${minute(at)}Z, and one that ended at ${minute(newest)}Z has been begun already: the clock went back`,
    where: 'the clock of the environment',
    hint: 'Set the clock right; nothing was done.',
    retry: 'later',
  })
