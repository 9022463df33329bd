import type { Connection } from '../contracts/connection.ts'
import type { Context } from '../contracts/context.ts'
import { Fault } from '../contracts/fault.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** The whole answer must be there within this time, in milliseconds; a minute where it is absent. */
  readonly answerMs?: number
}

/** What came back whole; or that nothing did, and whether the request can have arrived all the same. */
export type Reply =
  | {
      readonly state: 'answered'
      readonly status: number
      readonly headers: Headers
      readonly body: string
      /** The body was no UTF-8: what could not be read stands in it as U+FFFD. */
      readonly garbled?: true
    }
  | { readonly state: 'silent'; readonly sent: boolean; readonly why: string }

const usualAnswerMs = 60_000

/**
 * Sends one request, once. A place that does not answer is a value, not an error: only the caller knows what silence means.
 * Redirects are not followed: they would carry the token to another host.
 */
export async function send(ctx: Context, request: HttpRequest): Promise<Reply> {
  const { method, url, headers, body, answerMs = usualAnswerMs } = request
  try {
    const response = await ctx.fetch(url, {
      method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.any([ctx.signal, AbortSignal.timeout(answerMs)]),
      ...(body === undefined ? {} : { body }),
    })
    const text = decoded(await response.arrayBuffer())
    return { state: 'answered', status: response.status, headers: response.headers, ...text }
  } catch (error) {
    ctx.signal.throwIfAborted()
    if (error instanceof Fault && error.retry === 'never') throw error
    const code = codeOf(error)
    return { state: 'silent', sent: !unsent.has(code), why: `no whole answer came from ${new URL(url).host} (${code})` }
  }
}

function decoded(bytes: ArrayBuffer): { readonly body: string; readonly garbled?: true } {
  try {
    return { body: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { body: new TextDecoder().decode(bytes), garbled: true }
  }
}

/** Failures of a connection that was never made, as Node and undici name them: nothing can have arrived. */
const unsent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** The innermost name of a failure; messages are left out, they may quote what was sent. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown failure'
  if (error.cause instanceof Error) return codeOf(error.cause)
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' ? code : error.name
}

/** How long a `Retry-After` header asks to wait, in milliseconds: seconds, with or without a fraction, or an HTTP date. */
export function retryAfterMs(headers: Headers, now: Date): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? ''
  if (/^[0-9]+(\.[0-9]+)?$/.test(text)) return Math.ceil(Number(text) * 1000)
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime())
}

/** `shopify north`: the words by which errors and logs name a connection. */
export const placeOf = ({ system, name }: Connection): string => `${system} ${name}`

/** The connection's base URL without a slash at its end; a Fault where a token would travel unencrypted. */
export function baseUrl(ctx: Context, connection: Connection): string {
  const url = URL.parse(ctx.secret(connection.endpoint))
  const local = url !== null && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
  if (url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && local)))
    return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
  throw new Fault({
    what: `the endpoint is not an https address${url?.protocol === 'http:' ? ', but http' : ''}`,
    where: `${placeOf(connection)}, endpoint`,
    hint: 'Write it as https://host in the connection, or where its reference points; http is for this machine only.',
    retry: 'never',
  })
}

/** The connection's token; a Fault where the connection names none. */
export function tokenOf(ctx: Context, connection: Connection, fresh = false): string {
  const reference = connection.secrets.token
  if (reference !== undefined) return ctx.secret(reference, fresh)
  throw new Fault({
    what: 'the connection names no secret `token`',
    where: `${placeOf(connection)}, secrets`,
    hint: 'Add secrets: { token: "env:NAME" } to the connection.',
    retry: 'never',
  })
}
