import type { Connection } from '../../contracts/connection.ts'
import type { Context, Json } from '../../contracts/context.ts'
import { Fault } from '../../contracts/fault.ts'
import { parsedJson } from '../../contracts/parsed-json.ts'
import { baseUrl, placeOf, type Reply, retryAfterMs, send, tokenOf } from '../send.ts'

export interface HubspotCall {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: Json
}

/**
 * What became of one call. `throttled` means that nothing was done; after `silent` a write may have been done, unless it was
 * never sent. An answer's body is undefined where it is no JSON.
 */
export type HubspotAnswer =
  | { readonly state: 'answered'; readonly status: number; readonly body: unknown }
  | { readonly state: 'throttled'; readonly why: string; readonly waitMs: number }
  | { readonly state: 'silent'; readonly sent: boolean; readonly why: string }

/** One call to a portal. Waits out the short windows of its rate limit, within bounds; a Fault where the door is shut. */
export async function callHubspot(ctx: Context, connection: Connection, call: HubspotCall): Promise<HubspotAnswer> {
  const request = {
    method: call.method,
    url: `${baseUrl(ctx, connection)}${call.path}`,
    headers: { authorization: `Bearer ${tokenOf(ctx, connection)}`, 'content-type': 'application/json' },
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
  }
  for (let attempt = 1; ; attempt += 1) {
    const reply = await send(ctx, request)
    const answer = readAnswer(reply, `${placeOf(connection)}, ${call.path}`, ctx.now())
    const again = answer.state === 'throttled' && attempt < throttledTries && answer.waitMs <= longestWaitMs
    if (!again) return answer
    ctx.log('hubspot is asked again', { connection: connection.name, path: call.path, waitMs: answer.waitMs })
    await ctx.sleep(answer.waitMs)
  }
}

const throttledTries = 6
const longestWaitMs = 30_000
/** The windows of HubSpot's limits by the name of the policy, in milliseconds. */
const windows: Readonly<Record<string, number>> = { SECONDLY: 1_000, TEN_SECONDLY_ROLLING: 10_000 }
/** A day's budget returns at the portal's midnight; asked again before, it only counts as another error. */
const dailyWaitMs = 60 * 60 * 1_000

export function readAnswer(reply: Reply, where: string, now: Date): HubspotAnswer {
  if (reply.state === 'silent') return reply
  const { status, headers } = reply
  const body = parsedJson(reply.body)
  if (status === 401 || status === 403) throw shutDoor(status, where)
  if (status >= 300 && status < 400) throw moved(status, where)
  if (status === 429) return throttled(body, headers, now)
  if (status >= 500) return { state: 'silent', sent: true, why: `HubSpot answered ${status}` }
  return { state: 'answered', status, body }
}

function throttled(body: unknown, headers: Headers, now: Date): HubspotAnswer {
  const policy =
    typeof body === 'object' && body !== null && 'policyName' in body ? String(body.policyName) : 'an unnamed limit'
  const asked = retryAfterMs(headers, now) ?? 0
  const interval = Number(headers.get('x-hubspot-ratelimit-interval-milliseconds') ?? 0)
  const waitMs = policy === 'DAILY' ? dailyWaitMs : Math.max(asked, windows[policy] ?? (interval || 1_000))
  return { state: 'throttled', why: `HubSpot’s limit ${policy} is used up`, waitMs }
}

const shutDoor = (status: number, where: string): Fault =>
  new Fault({
    what: status === 401 ? 'HubSpot does not accept the token (401)' : 'HubSpot refuses access (403)',
    where,
    hint:
      status === 401
        ? 'See that the private app still exists and that the connection’s token is this portal’s.'
        : 'Grant the app the scopes crm.objects.contacts.read and crm.objects.contacts.write.',
    retry: 'never',
  })

const moved = (status: number, where: string): Fault =>
  new Fault({
    what: `the endpoint leads elsewhere (${status}), and a token is not sent after it`,
    where,
    hint: 'Write https://api.hubapi.com as the endpoint.',
    retry: 'never',
  })

/** An answer that was not one, as a Fault. */
export const faultOf = (answer: Exclude<HubspotAnswer, { readonly state: 'answered' }>, where: string): Fault =>
  new Fault({
    what: answer.why,
    where,
    hint: 'It is tried again later. See status.hubspot.com if it stays so.',
    retry: 'later',
    ...(answer.state === 'throttled' ? { waitMs: answer.waitMs } : {}),
  })
