import { randomUUID } from 'node:crypto'
import type { Interval } from '../contracts/connection.ts'
import { Fault } from '../contracts/fault.ts'
import { instantOf, justAfter } from '../contracts/instant.ts'
import { extractStepOf } from '../jobs/extract.ts'
import type { Catalogue, Report } from '../jobs/job.ts'
import { folderOf, readManifest } from '../jobs/landing.ts'
import { loadStepOf } from '../jobs/load.ts'
import type { Pipeline } from '../jobs/pipeline.ts'
import { inlineDeliverer } from './deliver/inline.ts'
import { forgetStreams } from './kernel/forget-streams.ts'
import { createRun } from './kernel/run.ts'
import { logEvent, stepLog } from './log-event.ts'
import type { Office } from './office.ts'
import { closedEnds, pipelineKey } from './planner/plan-night.ts'
import type { State } from './state/state.ts'
import { workOn } from './worker.ts'
import { endedRun, workingIn } from './working.ts'

/** What one batch of a stream did, or why it is done later. */
export type Batch =
  | { readonly state: 'loaded'; readonly report: Report }
  | { readonly state: 'left'; readonly why: string }

export interface StreamTerms {
  readonly office: Office
  readonly catalogue: Catalogue
  readonly pipeline: Pipeline
  readonly signal: AbortSignal
}

/** Extracts and loads what has come of a pipeline since its last interval, as a run of its own. */
export async function streamBatch({ office, catalogue, pipeline, signal }: StreamTerms): Promise<Batch> {
  const { state, outside } = office
  const from = await closedUpTo(state, pipeline)
  const interval = (await landedInterval(office, pipeline, from)) ?? nextInterval(office, pipeline, from)
  const run = `stream-${randomUUID().slice(0, 8)}`
  const extract = extractStepOf(pipeline, { interval })
  const load = { ...loadStepOf(pipeline, catalogue, { interval }), after: [extract.id] }
  const slot = `${pipeline.object.name} ${pipeline.connection.name} up to ${interval.to} (${run})`
  let ended: Batch = { state: 'left', why: 'it was interrupted' }
  await office.lane.use(async () => undefined)
  await createRun(state, { run, kind: 'stream', slot, steps: [extract, load] }, await state.now())
  await workOn({
    ...workingIn(office, catalogue),
    deliverer: inlineDeliverer(1),
    run,
    signal,
    tell(event, held) {
      logEvent(stepLog(outside.logs, held, 'stream'), event)
      if (event.what === 'done' && event.step.id === load.id) ended = { state: 'loaded', report: event.report }
      if (event.what === 'failed') ended = { state: 'left', why: `${event.fault.what} (${event.fault.where})` }
    },
  })
  await endedRun(office, run)
  await forgetStreams(state, keptRuns)
  return ended
}

/** Runs of streams that are remembered, the newest. */
const keptRuns = 200

/** The interval that has landed and was never loaded: it is loaded first, and its events are not landed once more. */
async function landedInterval({ state, environment }: Office, { object, connection }: Pipeline, from: string) {
  const open = await state.read
    .selectFrom('interval')
    .select(['from_at as from', 'to_at as to'])
    .where('pipeline', '=', object.name)
    .where('connection', '=', connection.name)
    .where('from_at', '=', from)
    .where('state', '=', 'open')
    .executeTakeFirst()
  if (open === undefined) return undefined
  const place = { landing: environment.landing, pipeline: object.name, connection: connection.name, interval: open }
  return (await readManifest(folderOf(place))) === undefined ? undefined : open
}

const closedUpTo = async (state: State, { object, connection }: Pipeline) =>
  (await closedEnds(state)).get(pipelineKey(object.name, connection.name)) ?? connection.since

/** From where the pipeline has closed up to now; by a clock that stands still, up to the next moment that can be written. */
function nextInterval({ outside }: Office, { object, connection }: Pipeline, from: string): Interval {
  const now = instantOf(outside.now())
  if (from <= now) return { from, to: now > from ? now : justAfter(from) }
  if (Date.parse(from) - Date.parse(now) < clockSlackMs) return { from, to: justAfter(from) }
  throw new Fault({
    what: `the clock went back: the pipeline is closed up to ${from}, and it is ${now}`,
    where: `${object.name} ${connection.name}`,
    hint: 'Set the clock right; events are kept until then.',
    retry: 'later',
  })
}

const clockSlackMs = 60_000
