import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { Context } from '../../contracts/context.ts'

/** A request as the SDK signs it: its path is encoded, its query is not. */
interface SignedRequest {
  readonly method: string
  readonly protocol: string
  readonly hostname: string
  readonly port?: number
  readonly path: string
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>
  readonly headers: Readonly<Record<string, string>>
  /** Held whole, so that it can be sent again. */
  readonly body?: Uint8Array | string
}

interface Answered {
  readonly response: {
    readonly statusCode: number
    readonly headers: Record<string, string>
    readonly body: Readable
  }
}

/** Sends what the SDK has signed through the context's door. Redirects are not followed: they would carry the signature to another host. */
export const s3Handler = (ctx: Pick<Context, 'fetch' | 'signal'>) => ({
  async handle(request: SignedRequest): Promise<Answered> {
    const { host: _, ...headers } = request.headers
    const { method, body: sent } = request
    const response = await ctx.fetch(addressOf(request), {
      method,
      headers,
      redirect: 'manual',
      signal: ctx.signal,
      ...(sent === undefined ? {} : { body: sent as NonNullable<RequestInit['body']> }),
    })
    const body = response.body === null ? Readable.from([]) : Readable.fromWeb(response.body as ReadableStream)
    return { response: { statusCode: response.status, headers: Object.fromEntries(response.headers), body } }
  },
})

function addressOf({ protocol, hostname, port, path, query = {} }: SignedRequest): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map(each => `${escaped(name)}=${escaped(each ?? '')}`),
  )
  const asks = pairs.length === 0 ? '' : `?${pairs.join('&')}`
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}${asks}`
}

/** As signatures want it (RFC 3986): the five signs that encodeURIComponent leaves are escaped, too. */
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, sign => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
