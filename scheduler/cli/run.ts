import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Catalogue } from '../../jobs/job.ts'
import { inlineDeliverer } from '../deliver/inline.ts'
import { exitCodes } from '../exit-codes.ts'
import { houseOf } from '../house.ts'
import { createRun, reopen, supersede } from '../kernel/kernel.ts'
import { type Office, roomOf } from '../office.ts'
import { closedEnds, planNight } from '../planner/plan-night.ts'
import { nextSlot, slotAt } from '../planner/slots.ts'
import { workOn } from '../worker.ts'
import { type Printer, printerFor } from './printer.ts'
import { runSummary } from './summary.ts'

export interface RunOptions {
  readonly json: boolean
}

/** Does the night that is due: begins it, goes on with it, or says that it is done. */
export async function run(office: Office, catalogue: Catalogue, options: RunOptions): Promise<number> {
  const printer = printerFor(process.stdout, options.json)
  const at = slotAt(office.project.schedule, office.outside.now())
  const due = await runFor(office, catalogue, { at, printer })
  if (due === undefined) {
    const next = nextSlot(office.project.schedule, office.outside.now())
    printer.say(
      `The night of ${at.slice(0, 16)}Z is done; there is nothing to do${next === undefined ? '' : ` before ${next.slice(0, 16)}Z`}.`,
    )
    return exitCodes.ok.code
  }
  const stop = stopOnSignals()
  const deliverer = inlineDeliverer(Math.min(4, availableParallelism()))
  await workOn({
    state: office.state,
    deliverer,
    run: due,
    signal: stop.signal,
    tell: printer.tell,
    random: Math.random,
    room: (held, more) => roomOf(office, catalogue, { held, ...more }),
  })
  stop.done()
  printer.end()
  if (stop.signal.aborted) {
    printer.say('Interrupted. `boomerang run` goes on where it stopped.')
    return exitCodes.interrupted.code
  }
  const summary = await runSummary(office.state, due)
  printer.summary(summary)
  return summary.state === 'done' ? exitCodes.ok.code : summary.stopped ? exitCodes.stopped.code : exitCodes.failed.code
}

/** The run to work on, or undefined where the night is done. */
async function runFor(
  office: Office,
  catalogue: Catalogue,
  { at, printer }: { readonly at: string; readonly printer: Printer },
): Promise<string | undefined> {
  const { state } = office
  const newest = await state.read.selectFrom('run').selectAll().orderBy('slot', 'desc').executeTakeFirst()
  if (newest?.slot === at) {
    if (newest.state === 'done') return undefined
    printer.say(`Going on with the night of ${at.slice(0, 16)}Z.`)
    await reopen(state, newest.id, Date.now())
    return newest.id
  }
  for (const { id } of await state.read
    .selectFrom('run')
    .select('id')
    .where('state', 'in', ['running', 'failed'])
    .execute())
    await supersede(state, id, Date.now())
  if ((await houseOf(state)) === undefined && existsSync(office.environment.warehouse.path))
    await office.lane.use(async () => undefined)
  const { project, environment } = office
  const steps = await planNight({ project, environment, catalogue, at, ends: await closedEnds(state) })
  const run = `${at.slice(0, 10)}-${randomUUID().slice(0, 8)}`
  await createRun(state, { run, slot: at, steps }, Date.now())
  printer.say(`The night of ${at.slice(0, 16)}Z: ${steps.length} steps.`)
  return run
}

/** The first signal asks the steps to stop and gives them back; the second ends the process at once. */
function stopOnSignals(): { readonly signal: AbortSignal; done(): void } {
  const stop = new AbortController()
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(exitCodes.interrupted.code)
    stop.abort()
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  return {
    signal: stop.signal,
    done: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  }
}
