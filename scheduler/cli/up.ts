import { Fault, toFault } from '../../contracts/fault.ts'
import type { Catalogue } from '../../jobs/job.ts'
import { noted, notedFault, watch } from '../alerts/watch.ts'
import { exitCodes } from '../exit-codes.ts'
import { houseOf } from '../house.ts'
import { type Intake, type IntakeTerms, openIntake, telling } from '../intake.ts'
import type { Office } from '../office.ts'
import { openNudge } from '../planner/open-nudge.ts'
import { planDue } from '../planner/planner.ts'
import { tick, tickMs } from '../planner/ticks.ts'
import { serve } from '../serve.ts'
import { type MetricsOptions, type Serving, serveMetrics } from '../telemetry/metrics-server.ts'
import { type Stop, stopOnSignals } from './stop-on-signals.ts'
import { counted, minute } from './table.ts'

export type UpOptions = Pick<IntakeTerms, 'listen' | 'every'> & MetricsOptions

/**
 * Plans the nights, does their steps beside other workers, and takes in the events of every connection that tells of them, until it is
 * asked to stop.
 */
export async function up(office: Office, catalogue: Catalogue, options: UpOptions): Promise<number> {
  const stop = stopOnSignals()
  const { signal } = stop
  let intake: Intake | undefined
  let metrics: Serving | undefined
  const { project, environment } = office
  try {
    metrics = await serveMetrics(office, options, say)
    await holdTogether(office)
    intake =
      telling(office, catalogue).length === 0 ? undefined : await openIntake(office, catalogue, { ...options, say })
    say(`Nights by ${project.schedule.cron} (${project.schedule.timeZone}), environment ${environment.name}.`)
    const working = serve({ office, catalogue, signal, say, told: metrics.told })
    const parts = [planNights(office, catalogue, signal), working, watch(office, catalogue, signal)]
    await untilOneFails(stop, [...parts, intake?.load(signal) ?? Promise.resolve()])
  } finally {
    metrics?.close()
    await intake?.close()
    stop.done()
  }
  say('Stopped. What was begun or acknowledged is kept, and the next start or another worker goes on with it.')
  return exitCodes.ok.code
}

/** Looks whether the state store and the warehouse are of one house, unless another process works in the warehouse: that has looked. */
async function holdTogether({ lane }: Office): Promise<void> {
  try {
    await lane.use(async () => undefined, 0)
  } catch (error) {
    if (!(error instanceof Fault && error.kind === 'held')) throw error
  }
}

/** A state store that knows of no house takes over what the warehouse knows before the first night is planned. */
async function adopted({ state, lane }: Office): Promise<void> {
  if ((await houseOf(state)) === undefined) await lane.use(async () => undefined)
}

/** Where one part cannot go on, the others are stopped, too. */
async function untilOneFails(stop: Stop, parts: readonly Promise<void>[]): Promise<void> {
  const guarded = parts.map(part =>
    part.catch((error: unknown) => {
      stop.stop()
      throw error
    }),
  )
  const failed = (await Promise.allSettled(guarded)).find(each => each.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

async function planNights(office: Office, catalogue: Catalogue, signal: AbortSignal): Promise<void> {
  const since = office.outside.now()
  const nudge = await openNudge(office)
  const look = async (): Promise<void> => {
    try {
      await adopted(office)
      const planned = await planDue(office, catalogue, since)
      await noted(office, { ticks: true })
      if (planned.state === 'planned') say(`The night of ${minute(planned.slot)}Z: ${counted(planned.steps, 'step')}.`)
    } catch (error) {
      const fault = office.outside.masked(toFault(error, 'the planner'))
      say(`No night could be planned: ${fault.what} (${fault.where}). It is tried again.`)
      await notedFault(office, error, true)
    }
  }
  await tick({ everyMs: tickMs, look, signal, ...(nudge === undefined ? {} : { nudge }) })
}

const say = (sentence: string): void => void process.stdout.write(`${sentence}\n`)
