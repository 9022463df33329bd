import { randomUUID } from 'node:crypto'
import { Fault } from '../../contracts/fault.ts'
import type { Catalogue, Step } from '../../jobs/job.ts'
import { keepingOf } from '../../jobs/kept.ts'
import type { Manifest } from '../../jobs/landing.ts'
import { landings } from '../../jobs/landings.ts'
import { loadStepOf } from '../../jobs/load.ts'
import { pipelinesOf } from '../../jobs/pipeline.ts'
import { thenTell } from '../alerts/watch.ts'
import { createRun } from '../kernel/run.ts'
import { type Office, visitorOf } from '../office.ts'
import { checkDay } from './day.ts'
import { pipelineNamed } from './named.ts'
import { printerFor } from './printer.ts'
import { work } from './run.ts'
import { counted, minute } from './table.ts'

/** How long looking for landings may take, in milliseconds. */
const patienceMs = 10 * 60 * 1000

export interface ReplayOptions {
  readonly pipeline: string
  readonly connection: string
  /** A UTC day: the landings whose intervals end on it, or reach over it. All of them where it is absent. */
  readonly day?: string
  readonly json: boolean
}

/**
 * Loads landings again from the bytes as they were delivered, oldest first, under the contracts as they are now. Newest still wins: what
 * stands and is newer is not touched.
 */
export async function replay(office: Office, catalogue: Catalogue, options: ReplayOptions): Promise<number> {
  const { environment, state } = office
  if (options.day !== undefined)
    checkDay(options.day, 'Write a day of UTC such as 2026-06-30, or none for every landing that is kept.')
  const pipeline = pipelineNamed(pipelinesOf({ environment, catalogue }), options)
  const all = await landings(await keepingOf(visitorOf(office, 'replay', patienceMs), environment), options)
  const chosen = all.filter(({ interval }) => isOn(interval, options.day))
  if (chosen.length === 0) throw nothing(options, all)
  const run = `replay-${randomUUID().slice(0, 8)}`
  const steps = chainOf(
    chosen.map(({ interval, asked }) =>
      loadStepOf(pipeline, catalogue, { interval, again: run, ...(asked === undefined ? {} : { asked }) }),
    ),
  )
  const slot = `${options.pipeline} ${options.connection} ${options.day ?? 'all'} (${run})`
  const printer = printerFor(process.stdout, options.json)
  printer.say(`Loading ${counted(steps.length, 'landing')} of ${options.pipeline} ${options.connection} again.`)
  await office.lane.use(async () => undefined)
  await createRun(state, { run, kind: 'replay', slot, steps }, await state.now())
  const again = 'Start it again: what was loaded stands, and loading it once more changes nothing.'
  return thenTell(office, catalogue, () => work(office, catalogue, { run, printer, again }))
}

const isOn = ({ from, to }: Manifest['interval'], day: string | undefined): boolean =>
  day === undefined || (from.slice(0, 10) <= day && day <= to.slice(0, 10))

/** One after the other, in the order in which they were delivered. */
const chainOf = (steps: readonly Step[]): readonly Step[] =>
  steps.map((step, at) => ({
    ...step,
    id: `${step.id} (${at + 1} of ${steps.length})`,
    after: at === 0 ? [] : [`${steps[at - 1]?.id} (${at} of ${steps.length})`],
  }))

const nothing = ({ pipeline, connection, day }: ReplayOptions, all: readonly Manifest[]): Fault =>
  new Fault({
    what: `no landing of ${pipeline} ${connection}${day === undefined ? '' : ` on ${day}`} is kept`,
    where: 'the landing',
    hint:
      all.length === 0
        ? 'Nothing of this pipeline has landed yet, or it has been taken away: let the source be asked again.'
        : `Kept are those up to ${all.map(({ interval }) => `${minute(interval.to)}Z`).join(', ')}; the first begins at ${minute(all[0]?.interval.from ?? '')}Z.`,
    retry: 'never',
  })
