import type { Connection } from '../../../contracts/connection.ts'
import type { Context, Json } from '../../../contracts/context.ts'
import { Fault } from '../../../contracts/fault.ts'
import { parsedJson } from '../../../contracts/parsed-json.ts'
import { at } from '../../../contracts/paths.ts'
import { baseUrl, type HttpRequest, type Reply, retryAfterMs, send } from '../../../sinks/send.ts'
import { cutList } from './cut-list.ts'
import type { Api, Ask, Page } from './terms.ts'

/**
 * Asks a vendor for pages, one at a time, and paces itself for all of them together. `records` is where the list stands; without it
 * the answer is no list, and has no records.
 */
export type Asking = (from: Ask | string, records?: string) => Promise<Page>

export interface AskingFor {
  readonly api: Api
  readonly connection: Connection
  readonly where: string
}

/**
 * A request that fails is sent again, within bounds: after the wait that the vendor names, and once with a renewed token. Whoever was
 * throttled once goes on more slowly. What is no page then is a Fault.
 */
export function asking(ctx: Context, { api, connection, where }: AskingFor): Asking {
  const signature = api.sign(ctx, connection)
  const base = baseUrl(ctx, connection)
  let gapMs = 0
  let restMs = 0

  async function sent(request: Unsigned): Promise<Reply> {
    const headers = { ...request.headers, ...(await signature.headers()) }
    return await send(ctx, { ...request, headers, ...(api.answerMs === undefined ? {} : { answerMs: api.answerMs }) })
  }

  async function signed(request: Unsigned): Promise<Reply> {
    const reply = await sent(request)
    if (reply.state !== 'answered' || reply.status !== 401 || !(await signature.renewed())) return reply
    ctx.log('token renewed', { vendor: api.vendor, connection: connection.name })
    return await sent(request)
  }

  return async (from, records) => {
    const request = requestOf(base, from, where)
    for (let attempt = 1; ; attempt += 1) {
      const pauseMs = Math.max(gapMs, restMs)
      if (pauseMs > 0) await ctx.sleep(pauseMs)
      const reply = await signed(request)
      restMs = reply.state === 'answered' ? Math.min(api.rest?.(reply.headers, ctx.now()) ?? 0, longestWaitMs) : 0
      const found = readReply(reply, { api, where, records, now: ctx.now() })
      if (found.state === 'page') return found.page
      if (found.state === 'throttled') gapMs = Math.min(longestGapMs, Math.max(firstGapMs, gapMs * 2))
      const waitMs = againAfter(found, attempt)
      if (waitMs === undefined) throw givenUp(found, { api, where })
      ctx.log('asked again', { vendor: api.vendor, connection: connection.name, why: found.why, waitMs })
      await ctx.sleep(waitMs)
    }
  }
}

type Unsigned = Omit<HttpRequest, 'answerMs'>

const longestWaitMs = 5 * 60 * 1000
const [firstGapMs, longestGapMs] = [250, 5_000]
const throttledTries = 8
const brokenTries = 5

type Found =
  | { readonly state: 'page'; readonly page: Page }
  | { readonly state: 'throttled'; readonly why: string; readonly waitMs: number | undefined }
  | { readonly state: 'broken'; readonly why: string; readonly waitMs: number | undefined; readonly hint?: string }

/** Milliseconds until the request is sent again, or undefined where it is not. */
function againAfter(found: Exclude<Found, { readonly state: 'page' }>, attempt: number): number | undefined {
  const tries = found.state === 'throttled' ? throttledTries : brokenTries
  const waitMs = Math.max(
    found.waitMs ?? 0,
    found.state === 'throttled' ? 250 * 2 ** attempt : 500 * 3 ** (attempt - 1),
  )
  return attempt < tries && waitMs <= longestWaitMs ? waitMs : undefined
}

function givenUp(
  found: Exclude<Found, { readonly state: 'page' }>,
  { api, where }: Pick<AskingFor, 'api' | 'where'>,
): Fault {
  const { why, waitMs } = found
  const hint =
    found.state === 'throttled'
      ? `Another program uses the same budget of calls at ${api.vendor}. It is tried again later.`
      : `${found.hint ?? `${api.vendor} or the way to it is disturbed.`} It is tried again later, and the interval stays open.`
  return new Fault({
    what: why,
    where,
    hint,
    retry: 'later',
    ...(waitMs === undefined ? {} : { waitMs }),
  })
}

function requestOf(base: string, from: Ask | string, where: string): Unsigned {
  const accept = { accept: 'application/json' }
  if (typeof from === 'string') return { method: 'GET', url: ownAddress(base, from, where), headers: accept }
  const query = new URLSearchParams(from.query).toString()
  const url = `${base}${from.path}${query === '' ? '' : `?${query}`}`
  if (from.body === undefined) return { method: 'GET', url, headers: { ...accept, ...from.headers } }
  const headers = { ...accept, 'content-type': 'application/json', ...from.headers }
  return { method: 'POST', url, headers, body: JSON.stringify(from.body) }
}

/** A next address on the connection's own host; behind a proxy a vendor may write another scheme, and ours is kept. */
function ownAddress(base: string, next: string, where: string): string {
  const [own, found] = [new URL(base), URL.parse(next, base)]
  if (found !== null && found.hostname === own.hostname) return `${own.origin}${found.pathname}${found.search}`
  throw new Fault({
    what: `the next page is said to lie at ${found?.host ?? 'no address'}, and the keys are for ${own.host}`,
    where,
    hint: 'Nothing was sent there. Write the host that the vendor uses for itself as the endpoint.',
    retry: 'never',
  })
}

interface Reading {
  readonly api: Api
  readonly where: string
  readonly records: string | undefined
  readonly now: Date
}

function readReply(reply: Reply, { api, where, records, now }: Reading): Found {
  if (reply.state === 'silent') return broken(reply.why)
  const { status, headers } = reply
  const waitMs = retryAfterMs(headers, now)
  if (status === 429) return { state: 'throttled', why: `${api.vendor} refuses more calls for now (429)`, waitMs }
  if (status >= 500 || status === 408) return broken(`${api.vendor} answered ${status}`, waitMs)
  const body = parsedJson(reply.body) as Json | undefined
  if (status !== 200) throw refused(status, { api, where, said: body === undefined ? undefined : api.refusal(body) })
  if (body === undefined)
    return broken(`${api.vendor} answered with ${headers.get('content-type') ?? 'something'} that is no JSON`)
  if (reply.garbled === true) return broken(`${api.vendor} answered with bytes that are no UTF-8`)
  if (records === undefined) return { state: 'page', page: { headers, body, records: [] } }
  const list = records === '' ? body : at(body, records)
  const texts = cutList(reply.body, records)
  if (!Array.isArray(list) || texts === undefined)
    return {
      ...broken(`${api.vendor} answered without a list${records === '' ? '' : ` at ${records}`}`),
      hint: `What came is ${shapeOf(body)}: if that is its usual answer, correct the object’s \`records\`.`,
    }
  const found = texts.map((text, n) => ({ text, value: list[n] as Json }))
  return { state: 'page', page: { headers, body, records: found } }
}

const broken = (why: string, waitMs?: number) => ({ state: 'broken', why, waitMs }) as const

/** Names, and no values: an answer may tell of persons. */
function shapeOf(body: Json): string {
  if (Array.isArray(body)) return 'a list'
  if (typeof body !== 'object' || body === null) return 'no object'
  const names = Object.keys(body).slice(0, 10)
  return names.length === 0 ? 'an empty object' : `an object with ${names.join(', ')}`
}

function refused(
  status: number,
  { api, where, said }: Pick<AskingFor, 'api' | 'where'> & { readonly said: string | undefined },
): Fault {
  const words = said === undefined ? '' : `: ${said.slice(0, 200)}`
  const [what, hint] =
    status === 401
      ? [`${api.vendor} does not accept the keys (401)`, 'See that they still stand and are those of this account.']
      : status === 403
        ? [`${api.vendor} refuses access (403)`, api.rights]
        : status >= 300 && status < 400
          ? [
              `the endpoint leads elsewhere (${status})`,
              'Write the address that it leads to; keys are not sent after it.',
            ]
          : [
              `${api.vendor} refused the request (${status})${words}`,
              'See that this version of the vendor is supported.',
            ]
  return new Fault({ what, where, hint, retry: 'never' })
}
