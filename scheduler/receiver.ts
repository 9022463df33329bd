import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Context } from '../contracts/context.ts'
import { instantOf } from '../contracts/instant.ts'
import { ring } from '../jobs/bells.ts'
import type { Delivered, Hooks } from '../jobs/sources/hooks.ts'
import type { Spool } from '../jobs/spool.ts'

/** Where the events of one connection are taken in. */
export interface Desk {
  readonly connection: string
  readonly hooks: Hooks
  readonly secret: () => string
  readonly spool: Spool
  /** Where the spool stands. */
  readonly folder: string
}

export interface ReceiverTerms {
  readonly desks: readonly Desk[]
  readonly now: () => Date
  readonly log: Context['log']
}

/** The most that one delivery may hold, in bytes. */
const longestBody = 5 * 1024 * 1024
/** What all bodies together may hold beyond what is usual for one, in bytes: whoever sends large ones does not keep others out, and fills no memory. */
const usualBody = 256 * 1024
const mostHeld = 64 * 1024 * 1024
const mostConnections = 1_000
/** Events whose deliveries are counted, the newest: for longer nobody retries. */
const remembered = 200_000

/**
 * Takes events at `POST /hooks/<connection>`: acknowledged when the event is on disk and not before. What is not signed with the
 * connection's secret is refused and nothing of it is kept.
 */
export function receiver(terms: ReceiverTerms): Server {
  const open = { seen: new Map<string, number>(), held: 0 }
  const server = createServer({ connectionsCheckingInterval: 2_000 }, (request, response) => {
    receive(terms, open, request).then(
      status => response.writeHead(status, status === 503 ? { 'retry-after': '5' } : {}).end(),
      (error: unknown) => refused(terms, response, error),
    )
  })
  server.requestTimeout = 10_000
  server.headersTimeout = 5_000
  server.maxConnections = mostConnections
  return server
}

function refused({ log }: ReceiverTerms, response: ServerResponse, error: unknown): void {
  log('event not kept', { why: error instanceof Error ? error.message : String(error) })
  response.writeHead(503, { 'retry-after': '5' }).end()
}

/** What a receiver remembers between requests. */
interface Open {
  readonly seen: Map<string, number>
  held: number
}

async function receive({ desks, now, log }: ReceiverTerms, open: Open, request: IncomingMessage): Promise<number> {
  const name = /^\/hooks\/([a-z][a-z0-9-]*)$/.exec(request.url ?? '')?.[1]
  const desk = desks.find(({ connection }) => connection === name)
  if (desk === undefined) return 404
  if (request.method !== 'POST') return 405
  const body = await bodyOf(request, open)
  if (typeof body === 'number') return body
  const asked = { headers: request.headers as Readonly<Record<string, string | undefined>>, body }
  if (!desk.hooks.genuine(asked, desk.secret())) {
    log('event refused', { connection: desk.connection, why: 'not signed with the secret of the connection' })
    return 401
  }
  const event = desk.hooks.read(asked)
  if (event === undefined) {
    log('event refused', { connection: desk.connection, why: 'signed, and without an id, a topic or a JSON object' })
    return 400
  }
  const delivered: Delivered = {
    ...event,
    receivedAt: instantOf(now()),
    attempts: count(open.seen, `${event.id} ${event.topic} ${event.subject}`),
  }
  await desk.spool.append(`{"event":${JSON.stringify(delivered)},"payload":${oneLine(body)}}`)
  const waited = desk.hooks.wakes?.(event)
  if (waited !== undefined) await ring(desk.folder, waited, now())
  return 200
}

/** The whole body, or the status of its refusal. */
async function bodyOf(request: IncomingMessage, open: Open): Promise<Buffer | 413 | 503> {
  const chunks: Buffer[] = []
  let size = 0
  let beyond = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > longestBody) return 413
      chunks.push(chunk)
      const more = Math.max(0, size - usualBody) - beyond
      beyond += more
      open.held += more
      if (open.held > mostHeld) return 503
    }
    return Buffer.concat(chunks)
  } finally {
    open.held -= beyond
  }
}

/** A line end cannot stand inside a JSON text: outside of one it says nothing. */
const oneLine = (body: Buffer): string => body.toString('utf8').replaceAll(/[\r\n]+/g, ' ')

function count(seen: Map<string, number>, id: string): number {
  const attempts = (seen.get(id) ?? 0) + 1
  seen.delete(id)
  seen.set(id, attempts)
  if (seen.size > remembered) seen.delete(seen.keys().next().value ?? '')
  return attempts
}
