import { Fault, toFault } from '../contracts/fault.ts'
import type { Job, Report, Room, Step } from '../jobs/job.ts'
import type { Deliverer } from './deliver/deliver.ts'
import { sayAtWork } from './kernel/at-work.ts'
import { type Claim, claim, heartbeat, leaseMs, release } from './kernel/claim.ts'
import { type Claimable, claimableSteps } from './kernel/claimable.ts'
import { thisProcess } from './kernel/holder.ts'
import { fail, finish } from './kernel/settle.ts'
import type { State } from './state/state.ts'
import type { Came, Traces } from './telemetry/traces.ts'

/** What a run tells while it works: as data, for a terminal, a pipe, a machine, the log. */
export type RunEvent =
  | { readonly what: 'started'; readonly step: Step; readonly attempt: number }
  | { readonly what: 'progress'; readonly step: Step; readonly done: number; readonly of: number | undefined }
  | { readonly what: 'done'; readonly step: Step; readonly report: Report; readonly ms: number }
  | { readonly what: 'retrying'; readonly step: Step; readonly fault: Fault; readonly waitMs: number }
  | { readonly what: 'failed'; readonly step: Step; readonly fault: Fault; readonly ms: number }
  /** Another process has taken the step over; what this one did of it is not kept. */
  | { readonly what: 'lost'; readonly step: Step; readonly ms: number }
  /** Given back undone, because the process was asked to stop, or what goes first needs its pool. */
  | { readonly what: 'released'; readonly step: Step; readonly ms: number }

export interface WorkTerms {
  readonly state: State
  readonly deliverer: Deliverer
  /** The run that is worked on until it has ended; where it is absent all that there are, and those to come, until the signal aborts. */
  readonly run?: string
  readonly signal: AbortSignal
  /** Makes what a step is handed. */
  readonly room: (held: Claim, more: { readonly signal: AbortSignal; readonly progress: Room['progress'] }) => Room
  readonly tell: (event: RunEvent, held: Claim) => void
  /** Takes out of a Fault what nobody may read. */
  readonly masked: (fault: Fault) => Fault
  /** In [0, 1). */
  readonly random: () => number
  readonly traces: Pick<Traces, 'step'>
  /** What an earlier work of this process began and could not settle, for the state store was away: it is given back first. */
  readonly unsettled?: Set<Claim>
}

/** How often the database is asked for steps that nobody was told of, in milliseconds: a lost wake costs no more. */
const reconcileMs = 1_000

/** How soon a step is tried again that found what it needs in other hands, in milliseconds: that is no failure of its own. */
const heldMs = 1_000

/** Works until what it was given has ended or the signal aborts. Rejects where the state store fails. */
export async function workOn(terms: WorkTerms): Promise<void> {
  const { state, deliverer, run } = terms
  const broken = new AbortController()
  const signal = AbortSignal.any([terms.signal, broken.signal])
  const bell = newBell(signal)
  /** By the pool that they hold. */
  const giving = new Map<string, AbortController>()
  const { unsettled = new Set<Claim>() } = terms
  for (const held of unsettled) {
    await release(state, held, await state.now())
    unsettled.delete(held)
  }
  const offer = async (): Promise<Pick<Claimable, 'isOpen' | 'nextMs'>> => {
    const { wakes, wanted, ...open } = await claimableSteps(state, { run, now: await state.now() })
    for (const pool of wanted) giving.get(pool)?.abort()
    deliverer.offer(wakes)
    return open
  }
  const leave = await sayAtWork(state, run)
  deliverer.start(async wake => {
    if (signal.aborted) return
    try {
      const held = await claim(state, wake, { holder: thisProcess(), now: await state.now() })
      if (held === undefined) return
      unsettled.add(held)
      await givingWay(giving, held, give => doStep({ ...terms, signal: AbortSignal.any([signal, give]) }, held))
      unsettled.delete(held)
    } catch (error) {
      broken.abort(error)
    }
    bell.ring()
  })
  try {
    while (!signal.aborted) {
      const { isOpen, nextMs } = await offer()
      if (!isOpen && run !== undefined && !(await isRunning(state, run))) break
      await bell.wait(Math.min(nextMs, reconcileMs))
    }
  } finally {
    await deliverer.stop()
    await leave()
  }
  if (broken.signal.aborted) throw broken.signal.reason
}

/** Hands the work a signal that aborts when others need the pool of a step that gives way. */
async function givingWay(
  giving: Map<string, AbortController>,
  { givesWay, step: { pool } }: Claim,
  work: (give: AbortSignal) => Promise<void>,
): Promise<void> {
  const give = new AbortController()
  if (givesWay && pool !== undefined) giving.set(pool, give)
  await work(give.signal).finally(() => {
    if (pool !== undefined && giving.get(pool) === give) giving.delete(pool)
  })
}

interface Bell {
  ring(): void
  /** Until it rings, the time is over, or the signal aborts; a ring in between is not missed. */
  wait(ms: number): Promise<void>
}

function newBell(signal: AbortSignal): Bell {
  let rung = false
  let wake = (): void => undefined
  const ring = (): void => {
    rung = true
    wake()
  }
  signal.addEventListener('abort', ring, { once: true })
  return {
    ring,
    async wait(ms) {
      if (!rung)
        await new Promise<void>(resolve => {
          const timer = setTimeout(resolve, ms)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      rung = signal.aborted
    },
  }
}

async function isRunning(state: State, run: string): Promise<boolean> {
  const row = await state.read.selectFrom('run').select('state').where('id', '=', run).executeTakeFirst()
  return row?.state === 'running'
}

async function doStep(terms: WorkTerms, held: Claim): Promise<void> {
  const { step } = held
  const started = Date.now()
  const lost = new AbortController()
  const beat = keepAlive(terms.state, held, () => lost.abort())
  terms.tell({ what: 'started', step, attempt: held.attempt }, held)
  try {
    const signal = AbortSignal.any([terms.signal, lost.signal])
    const event = await terms.traces.step(held, async came => {
      const settled = await settle(terms, held, await outcomeOf(terms, held, signal))
      came(cameOf(settled))
      return settled
    })
    terms.tell(event.what === 'retrying' ? event : { ...event, ms: Date.now() - started }, held)
  } finally {
    clearInterval(beat)
  }
}

/** Prolongs the claim three times a lease; when it cannot be prolonged for a whole lease, or was taken, the work is told to stop. */
function keepAlive(state: State, held: Claim, onLost: () => void): NodeJS.Timeout {
  let until = Date.now() + leaseMs
  const beat = async (): Promise<boolean> => heartbeat(state, held, await state.now())
  return setInterval(() => {
    const asked = Date.now()
    beat().then(
      ours => {
        if (ours) until = asked + leaseMs
        else onLost()
      },
      () => {
        if (Date.now() > until) onLost()
      },
    )
  }, leaseMs / 3)
}

type StepOutcome = { readonly report: Report } | { readonly error: unknown }

async function outcomeOf(terms: WorkTerms, held: Claim, signal: AbortSignal): Promise<StepOutcome> {
  const { step } = held
  try {
    const progress: Room['progress'] = (done, of) => terms.tell({ what: 'progress', step, done, of }, held)
    const room = terms.room(held, { signal, progress })
    return { report: await jobOf(room, step).run(room, step) }
  } catch (error) {
    return { error }
  }
}

type WithoutMs<Event> = Event extends { readonly ms: number } ? Omit<Event, 'ms'> : Event
type SettledEvent = WithoutMs<Exclude<RunEvent, { readonly what: 'started' | 'progress' }>>

const cameOf = (event: SettledEvent): Came => ({
  outcome: event.what,
  ...('report' in event ? { counts: event.report.counts } : {}),
  ...('fault' in event ? { fault: event.fault } : {}),
})

/** Writes down how the step ended, and gives the event that tells it. */
async function settle(
  { state, signal, masked, random }: WorkTerms,
  held: Claim,
  outcome: StepOutcome,
): Promise<SettledEvent> {
  const { step } = held
  if ('report' in outcome) {
    const done = await finish(state, held, outcome.report, await state.now())
    return done ? { what: 'done', step, report: outcome.report } : { what: 'lost', step }
  }
  if (signal.aborted) {
    await release(state, held, await state.now())
    return { what: 'released', step }
  }
  const fault = masked(toFault(outcome.error, step.id))
  if (fault.kind === 'held') {
    const back = await release(state, held, await state.now(), heldMs)
    return back ? { what: 'retrying', step, fault, waitMs: heldMs } : { what: 'lost', step }
  }
  const settled = await fail(state, held, fault, { now: await state.now(), random: random() })
  if (settled.as === 'retried') return { what: 'retrying', step, fault, waitMs: settled.waitMs }
  return settled.as === 'failed' ? { what: 'failed', step, fault } : { what: 'lost', step }
}

function jobOf(room: Room, step: Step): Job {
  const job = room.catalogue.jobs.find(each => each.name === step.job)
  if (job !== undefined) return job
  throw new Fault({
    what: `the catalogue has no job ${step.job}`,
    where: step.id,
    hint: 'Bring it back, or start a new run: the step belongs to an older project.',
    retry: 'never',
  })
}
