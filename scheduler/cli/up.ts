import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { Fault, toFault } from '../../contracts/fault.ts'
import type { Catalogue } from '../../jobs/job.ts'
import { spoolOf } from '../../jobs/landing.ts'
import { type Pipeline, pipelinesOf } from '../../jobs/pipeline.ts'
import { openSpool, sealedPieces } from '../../jobs/spool.ts'
import { exitCodes } from '../exit-codes.ts'
import { thisProcess } from '../kernel/holder.ts'
import { supersedeUnfinished } from '../kernel/run.ts'
import { acquireLease, leaseMs, prolongLease, releaseLease } from '../lease.ts'
import type { Office } from '../office.ts'
import { type Desk, receiver } from '../receiver.ts'
import { type Batch, streamBatch } from '../stream.ts'
import { countsText } from './render.ts'

export interface UpOptions {
  readonly listen: string
  readonly every: string
}

interface Intake extends Desk {
  readonly pipeline: Pipeline
}

/** Takes in the events of every connection that tells of them, and loads them in small batches, until it is asked to stop. */
export async function up(office: Office, catalogue: Catalogue, options: UpOptions): Promise<number> {
  const lease = { state: office.state, name: 'events', holder: JSON.stringify(thisProcess()), command: 'up' } as const
  await acquireLease(lease, 0)
  const beat = setInterval(() => void prolongLease(lease).catch(() => undefined), leaseMs / 3)
  try {
    return await takeIn(office, catalogue, options)
  } finally {
    clearInterval(beat)
    await releaseLease(lease)
  }
}

async function takeIn(office: Office, catalogue: Catalogue, { listen, every }: UpOptions): Promise<number> {
  const at = placeOf(listen)
  const everyMs = seconds(every) * 1000
  const intakes = await intakesOf(office, catalogue)
  await supersedeUnfinished(office.state, 'stream', await office.state.now())
  const stop = new AbortController()
  const onSignal = (): void => (stop.signal.aborted ? process.exit(exitCodes.interrupted.code) : stop.abort())
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  const log = office.outside.logs.to('up')
  const server = receiver({ desks: intakes, now: () => new Date(), log })
  try {
    const address = await listening(server, { listen, ...at })
    say(
      `Events are taken in at http://${address}/hooks/<connection>: ${intakes.map(({ connection }) => connection).join(', ')}.`,
    )
    while (!stop.signal.aborted) {
      await wait(everyMs, undefined, { signal: stop.signal }).catch(() => undefined)
      for (const intake of intakes) await takeBatch(office, catalogue, { intake, signal: stop.signal })
    }
  } finally {
    server.close()
    server.closeIdleConnections()
    /** What cannot be sealed now stays in its file, and is sealed by the next start. */
    for (const { spool } of intakes) await spool.close().catch(() => undefined)
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
  say('Stopped. What was acknowledged is kept, and is loaded when it is started again or by the next night.')
  return exitCodes.ok.code
}

/** The last batch is left to the next start: stopping must not wait for a shop. */
async function takeBatch(
  office: Office,
  catalogue: Catalogue,
  { intake, signal }: { readonly intake: Intake; readonly signal: AbortSignal },
): Promise<void> {
  const { pipeline, spool, folder, connection } = intake
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

async function intakesOf(office: Office, catalogue: Catalogue): Promise<readonly Intake[]> {
  const { environment, outside } = office
  const found: Intake[] = []
  for (const pipeline of pipelinesOf({ environment, catalogue })) {
    const { connection, source, object } = pipeline
    const reference = connection.secrets.webhook
    if (source.hooks === undefined || object.after === undefined || reference === undefined) continue
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
  if (found.length > 0) return found
  throw new Fault({
    what: 'no connection of this environment tells of events',
    where: 'boomerang.config.ts',
    hint: 'Add secrets: { webhook: "env:NAME" }, the app’s client secret, to a shop whose webhooks lead here.',
    retry: 'never',
  })
}

interface Listening {
  readonly host: string
  readonly port: number
}

/** `8787`, `0.0.0.0:8787` or `[::1]:8787`. */
function placeOf(listen: string): Listening {
  const [, host = '127.0.0.1', port = ''] = /^(?:(\[.+\]|[^[\]]+):)?([0-9]{1,5})$/.exec(listen) ?? []
  if (port !== '' && Number(port) <= 65_535) return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
  throw usage(`--listen takes a port up to 65535 or host:port, and got ${listen}`)
}

function listening(server: Server, { listen, host, port }: Listening & { readonly listen: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', error => reject(unusable(listen, error)))
    server.listen(port, host, () =>
      resolve(`${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`),
    )
  })
}

function seconds(text: string): number {
  if (/^[1-9][0-9]{0,3}$/.test(text)) return Number(text)
  throw usage(`--every takes a number of seconds from 1 to 9999, and got ${text}`)
}

const usage = (what: string): Fault =>
  new Fault({ what, where: 'the command line', hint: 'See boomerang up --help.', retry: 'never' })

const unusable = (listen: string, error: Error): Fault =>
  new Fault({
    what: `it cannot listen at ${listen} (${(error as NodeJS.ErrnoException).code ?? error.message})`,
    where: 'the command line',
    hint: 'Another process may listen there, or the host is none of this machine’s; choose another with --listen.',
    retry: 'never',
  })

const say = (sentence: string): void => void process.stdout.write(`${sentence}\n`)
