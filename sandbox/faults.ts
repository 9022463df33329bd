import type { IncomingMessage, ServerResponse } from 'node:http'

/** What goes wrong with one call, exactly as a test says. */
export interface FaultAction {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Bytes that are still sent before the connection is destroyed. */
  readonly cut?: number
  readonly hang?: boolean
  readonly throttled?: boolean
  /** A bulk operation ends FAILED with this error code. */
  readonly failed?: string
  /** The write is done, and the connection destroyed before the answer. */
  readonly applyThenDrop?: boolean
  readonly expire?: boolean
  /** Lines added to a bulk result, and counted in it. */
  readonly extraLines?: readonly string[]
  /** Rows that the CRM refuses. */
  readonly rejectIds?: readonly string[]
  readonly code?: string
  readonly message?: string
}

export interface ScriptedFault {
  /** A word of the call: an operation, `download`, a path, or `*`. */
  readonly on: string
  /** The n-th matching call from now, 1-based. */
  readonly call: number
  readonly do: FaultAction
}

interface Armed extends ScriptedFault {
  seen: number
  fired: boolean
}

export interface FaultList {
  set(faults: readonly ScriptedFault[]): void
  clear(): void
  /** The action for a call that is named by these words, if one is due. */
  take(...words: readonly string[]): FaultAction | undefined
  readonly shown: () => readonly (ScriptedFault & { readonly fired: boolean })[]
}

export function faultList(): FaultList {
  let armed: Armed[] = []
  return {
    set(faults) {
      armed = [...armed, ...faults.map(fault => ({ ...fault, seen: 0, fired: false }))]
    },
    clear() {
      armed = []
    },
    take(...words) {
      const matching = armed.filter(fault => !fault.fired && words.some(word => isNamed(fault.on, word)))
      for (const fault of matching) fault.seen += 1
      const due = matching.find(fault => fault.seen >= fault.call)
      if (due !== undefined) due.fired = true
      return due?.do
    },
    shown: () => armed.map(({ on, call, do: action, fired }) => ({ on, call, do: action, fired })),
  }
}

/** An operation by its whole name, a path by a part of it. */
const isNamed = (on: string, word: string): boolean =>
  on === '*' || on === word || (word.includes('/') && word.includes(on))

/** Answers that end early, and after how many bytes. */
const cuts = new WeakMap<ServerResponse, number>()

/** Does what a transport fault says; true where the call has been answered, or never will be. */
export function answerFault(fault: FaultAction | undefined, response: ServerResponse): boolean {
  if (fault?.hang === true) return true
  if (fault?.cut !== undefined) cuts.set(response, fault.cut)
  if (fault?.status === undefined) return false
  response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers })
  response.end(JSON.stringify(fault.body ?? { errors: `HTTP ${fault.status}` }))
  return true
}

export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const bytes = Buffer.from(JSON.stringify(body))
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length, ...headers })
  const cut = cuts.get(response)
  if (cut === undefined) response.end(bytes)
  else response.write(bytes.subarray(0, cut), () => response.destroy())
}
