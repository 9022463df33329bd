import { setTimeout as wait } from 'node:timers/promises'
import { Fault, toFault } from '../contracts/fault.ts'
import type { Catalogue } from '../jobs/job.ts'
import { spoolOf } from '../jobs/landing.ts'
import { type Pipeline, pipelinesOf } from '../jobs/pipeline.ts'
import { openSpool, sealedPieces } from '../jobs/spool.ts'
import { countsText } from './cli/render.ts'
import { leaseMs } from './kernel/claim.ts'
import { thisProcess } from './kernel/holder.ts'
import { supersedeUnfinished } from './kernel/run.ts'
import { acquireLease, prolongLease, releaseLease } from './lease.ts'
import { listening, placeOf } from './listening.ts'
import type { Office } from './office.ts'
import { type Desk, receiver } from './receiver.ts'
import { type Batch, streamBatch } from './stream.ts'

export interface IntakeTerms {
  /** A port, or host:port. */
  readonly listen: string
  /** Seconds between two batches. */
  readonly every: string
  readonly say: (sentence: string) => void
}

interface PipelineDesk extends Desk {
  readonly pipeline: Pipeline
}

/** Events that are being taken in. */
export interface Intake {
  /** Loads what has come in small batches, until the signal aborts. */
  load(signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** Begins to take in the events of every connection that tells of them. A Fault where another process of the house does, or nobody can be heard there. */
export async function openIntake(office: Office, catalogue: Catalogue, terms: IntakeTerms): Promise<Intake> {
  const lease = { state: office.state, name: 'events', holder: JSON.stringify(thisProcess()), command: 'up' } as const
  await acquireLease(lease, 0)
  const lost = new AbortController()
  const prolong = async (): Promise<void> => {
    if (!(await prolongLease(lease))) lost.abort(takenOver())
  }
  const beat = setInterval(() => void prolong().catch(() => undefined), leaseMs / 3)
  const leave = async (): Promise<void> => {
    clearInterval(beat)
    await releaseLease(lease)
  }
  try {
    const intake = await takingIn(office, catalogue, terms)
    return {
      async load(signal) {
        await intake.load(AbortSignal.any([signal, lost.signal]))
        lost.signal.throwIfAborted()
      },
      close: () => intake.close().finally(leave),
    }
  } catch (error) {
    await leave()
    throw error
  }
}

const takenOver = (): Fault =>
  new Fault({
    what: 'another process has begun to take in the events: this one was silent for too long',
    where: 'the spools of the environment',
    hint: 'Nothing that was acknowledged is lost. One `boomerang up` takes in the events of a house; stop one of the two.',
    retry: 'later',
    kind: 'held',
  })

async function takingIn(office: Office, catalogue: Catalogue, { listen, every, say }: IntakeTerms): Promise<Intake> {
  const at = placeOf('--listen', listen)
  const everyMs = seconds(every) * 1000
  const desks = await desksOf(office, catalogue)
  await supersedeUnfinished(office.state, 'stream', await office.state.now())
  const server = receiver({ desks, now: () => new Date(), log: office.outside.logs.to('up') })
  const address = await listening(server, at)
  const names = desks.map(({ connection }) => connection).join(', ')
  say(`Events are taken in at http://${address}/hooks/<connection>: ${names}.`)
  return {
    async load(signal) {
      while (!signal.aborted) {
        await wait(everyMs, undefined, { signal }).catch(() => undefined)
        await Promise.all(desks.map(desk => takeBatch(office, catalogue, { desk, signal, say })))
      }
    },
    async close() {
      server.close()
      server.closeIdleConnections()
      /** What cannot be sealed now stays in its file, and is sealed by the next start. */
      for (const { spool } of desks) await spool.close().catch(() => undefined)
    },
  }
}

interface Taking extends Pick<IntakeTerms, 'say'> {
  readonly desk: PipelineDesk
  readonly signal: AbortSignal
}

/** The last batch is left to the next start: stopping must not wait for a shop. */
async function takeBatch(office: Office, catalogue: Catalogue, { desk, signal, say }: Taking): Promise<void> {
  const { pipeline, spool, folder, connection } = desk
  if (signal.aborted) return
  const sealed = async (): Promise<Batch | undefined> => {
    await spool.seal()
    if ((await sealedPieces(folder)).length === 0) return undefined
    return streamBatch({ office, catalogue, pipeline, signal })
  }
  const batch = await sealed().catch((error: unknown) => {
    const fault = office.outside.masked(toFault(error, connection))
    return { state: 'left', why: `${fault.what} (${fault.where})` } as const
  })
  if (batch === undefined) return
  const at = new Date().toISOString().slice(11, 19)
  say(
    `${at}  ${connection}  ${batch.state === 'loaded' ? countsText(batch.report.counts) : `left for later: ${batch.why}`}`,
  )
}

/** The pipelines whose connections tell of events. */
export const telling = ({ environment }: Office, catalogue: Catalogue): readonly Pipeline[] =>
  pipelinesOf({ environment, catalogue }).filter(
    ({ connection, source, object }) =>
      source.hooks !== undefined && object.after !== undefined && connection.secrets.webhook !== undefined,
  )

async function desksOf(office: Office, catalogue: Catalogue): Promise<readonly PipelineDesk[]> {
  const { environment, outside } = office
  const found: PipelineDesk[] = []
  for (const pipeline of telling(office, catalogue)) {
    const { connection, source } = pipeline
    const reference = connection.secrets.webhook
    if (source.hooks === undefined || reference === undefined) continue
    const folder = spoolOf(environment.landing, connection.name)
    outside.secret(reference)
    found.push({
      connection: connection.name,
      hooks: source.hooks,
      secret: () => outside.secret(reference),
      spool: await openSpool(folder, () => new Date()),
      pipeline,
      folder,
    })
  }
  return found
}

function seconds(text: string): number {
  if (/^[1-9][0-9]{0,3}$/.test(text)) return Number(text)
  throw usage(`--every takes a number of seconds from 1 to 9999, and got ${text}`)
}

const usage = (what: string): Fault =>
  new Fault({ what, where: 'the command line', hint: 'See boomerang up --help.', retry: 'never' })
