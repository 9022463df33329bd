import { Fault, toFault } from '../contracts/fault.ts'
import type { Report, Room, Step } from '../jobs/job.ts'
import type { Deliverer } from './deliver/deliver.ts'
import { thisProcess } from './kernel/holder.ts'
import { type Claim, claim, claimableSteps, fail, finish, heartbeat, leaseMs, release } from './kernel/kernel.ts'
import type { State } from './state/state.ts'

/** What a run tells while it works: as data, for a terminal, a pipe or a machine. */
export type RunEvent =
  | { readonly what: 'started'; readonly step: Step; readonly attempt: number }
  | { readonly what: 'progress'; readonly step: Step; readonly done: number; readonly of: number | undefined }
  | { readonly what: 'done'; readonly step: Step; readonly report: Report; readonly ms: number }
  | { readonly what: 'retrying'; readonly step: Step; readonly fault: Fault; readonly waitMs: number }
  | { readonly what: 'failed'; readonly step: Step; readonly fault: Fault; readonly ms: number }

export interface WorkTerms {
  readonly state: State
  readonly deliverer: Deliverer
  readonly run: string
  readonly signal: AbortSignal
  /** Makes what a step is handed. */
  readonly room: (held: Claim, more: { readonly signal: AbortSignal; readonly progress: Room['progress'] }) => Room
  readonly tell: (event: RunEvent) => void
  readonly random: () => number
}

/** How often the database is asked for steps that nobody was told of, in milliseconds: a lost wake costs no more. */
const reconcileMs = 1_000

/** Works on one run until it has ended or the signal aborts. */
export async function workOn(terms: WorkTerms): Promise<void> {
  const { state, deliverer, run, signal } = terms
  let wake = (): void => undefined
  const offer = async (): Promise<void> => {
    if (signal.aborted) return
    const steps = await claimableSteps(state, run, Date.now())
    deliverer.offer(steps.map(({ id, risk }) => ({ run, step: id, risk })))
  }
  deliverer.start(async ({ step }) => {
    if (signal.aborted) return
    const held = await claim(state, { run, step }, { holder: thisProcess(), now: Date.now() })
    if (held === undefined) return
    await doStep(terms, held)
    await offer()
    wake()
  })
  while (!signal.aborted) {
    await offer()
    const row = await state.read.selectFrom('run').select('state').where('id', '=', run).executeTakeFirst()
    if (row?.state !== 'running') break
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, reconcileMs)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
      signal.addEventListener('abort', wake, { once: true })
    })
  }
  await deliverer.stop()
}

async function doStep(terms: WorkTerms, held: Claim): Promise<void> {
  const { state, tell } = terms
  const { step } = held
  const stop = new AbortController()
  const signal = AbortSignal.any([terms.signal, stop.signal])
  const beat = setInterval(() => {
    heartbeat(state, held, Date.now()).then(
      ours => (ours ? undefined : stop.abort()),
      () => undefined,
    )
  }, leaseMs / 3)
  const started = Date.now()
  tell({ what: 'started', step, attempt: held.attempt })
  try {
    const room = terms.room(held, { signal, progress: (done, of) => tell({ what: 'progress', step, done, of }) })
    const report = await jobOf(room, step).run(room, step)
    await finish(state, held, report, Date.now())
    tell({ what: 'done', step, report, ms: Date.now() - started })
  } catch (error) {
    if (terms.signal.aborted) return await release(state, held, Date.now())
    const fault = toFault(error, step.id)
    const waitMs = await fail(state, held, fault, { now: Date.now(), random: terms.random() })
    tell(
      waitMs === undefined
        ? { what: 'failed', step, fault, ms: Date.now() - started }
        : { what: 'retrying', step, fault, waitMs },
    )
  } finally {
    clearInterval(beat)
  }
}

function jobOf(room: Room, step: Step): Room['catalogue']['jobs'][number] {
  const job = room.catalogue.jobs.find(each => each.name === step.job)
  if (job !== undefined) return job
  throw new Fault({
    what: `the catalogue has no job ${step.job}`,
    where: step.id,
    hint: 'Bring it back, or start a new run: the step belongs to an older project.',
    retry: 'never',
  })
}
