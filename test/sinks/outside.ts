import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Connection } from '../../contracts/connection.ts'
import type { Context, Json } from '../../contracts/context.ts'

/** The door outside for tests: real network, a memory that outlives one attempt, and waits that are counted and not waited. */
export interface Outside extends Context {
  readonly waits: number[]
  readonly logged: { readonly event: string; readonly facts: Readonly<Record<string, Json>> }[]
  readonly memory: Map<string, Json>
}

export function outside(more: Partial<Context> = {}): Outside {
  const waits: number[] = []
  const logged: Outside['logged'] = []
  const memory = new Map<string, Json>()
  return {
    now: () => new Date('2026-06-30T03:00:00Z'),
    fetch: (url, init) => fetch(url, init),
    secret: reference => (reference === 'env:TOKEN' ? token : reference),
    hide: () => undefined,
    log: (event, facts = {}) => void logged.push({ event, facts }),
    sleep: async ms => void waits.push(ms),
    signal: new AbortController().signal,
    resume: {
      get: async name => memory.get(name),
      set: async (name, value) => void (value === undefined ? memory.delete(name) : memory.set(name, value)),
    },
    waits,
    logged,
    memory,
    ...more,
  }
}

export const token = 'shpat_0123456789abcdef0123456789abcdef'

export const connectionTo = (endpoint: string, more: Partial<Connection> = {}): Connection => ({
  name: 'north',
  system: 'shopify',
  brand: 'Nordlicht',
  region: 'EU',
  currency: 'EUR',
  timeZone: 'Europe/Berlin',
  endpoint,
  account: 'north',
  secrets: { token: 'env:TOKEN' },
  since: '2026-01-01T00:00:00.000000Z',
  ...more,
})

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  /** The parsed body, or null where there was none. */
  readonly body: Json
}

/** How a vendor's server reacts: an answer; so many bytes of it and then a cut; or a cut before anything. */
export interface Reaction {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Json | Buffer
  readonly cutAfter?: number
}

export interface Vendor {
  readonly url: string
  readonly asked: Asked[]
  close(): Promise<void>
}

/** A server on this machine that reacts as the test says; `read` makes a body of its text where that is no JSON. */
export async function vendor(
  react: (asked: Asked) => Reaction | Promise<Reaction>,
  read: (text: string) => Json = text => JSON.parse(text) as Json,
): Promise<Vendor> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    void take(request, read).then(async exchange => {
      asked.push(exchange)
      answer(response, await react(exchange))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

async function take(request: IncomingMessage, read: (text: string) => Json): Promise<Asked> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    body:
      text === ''
        ? null
        : request.headers['content-type'] === 'application/json'
          ? (JSON.parse(text) as Json)
          : read(text),
  }
}

function answer(response: ServerResponse, { status = 200, headers = {}, body = '', cutAfter }: Reaction): void {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  if (cutAfter === 0) {
    response.destroy()
    return
  }
  response.writeHead(status, { 'content-length': String(bytes.length), ...headers })
  if (cutAfter === undefined) response.end(bytes)
  else response.write(bytes.subarray(0, cutAfter), () => setTimeout(() => response.destroy(), 20))
}
