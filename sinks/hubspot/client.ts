import type { Connection } from '../../contracts/connection.ts'
import type { Context, Json } from '../../contracts/context.ts'
import { Fault } from '../../contracts/fault.ts'

const throttledTries = 6
const longestWaitMs = 30_000
/** HubSpot's windows: a second, ten seconds, a day. A day is not waited for. */
const waitsMs: Readonly<Record<string, number>> = { SECONDLY: 1_000, TEN_SECONDLY_ROLLING: 10_000 }

export interface HubspotAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, Json>>
}

/** One call; throttling is waited out, 401 and 403 are Faults, and every other answer is given back. */
export async function callHubspot(
  ctx: Context,
  connection: Connection,
  call: { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: Json },
): Promise<HubspotAnswer> {
  const where = `${connection.name}, ${call.path}`
  for (let tries = 1; ; tries += 1) {
    const response = await ctx.fetch(`${ctx.secret(connection.endpoint)}${call.path}`, {
      method: call.method,
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${ctx.secret(connection.secrets.token ?? '')}`,
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    })
    const body = await bodyOf(response, where)
    if (response.status === 401 || response.status === 403)
      throw new Fault({
        what: `HubSpot refused the access token (HTTP ${response.status})`,
        where,
        hint: 'Check the connection’s token and its scopes.',
        retry: 'never',
      })
    if (response.status !== 429) return { status: response.status, body }
    const wait = waitOf(response, body)
    if (wait === undefined || tries >= throttledTries)
      throw new Fault({
        what: 'HubSpot throttled the call too many times',
        where,
        hint: 'The account’s budget is used up; it is tried again.',
        retry: 'later',
        ...(wait === undefined ? {} : { waitMs: wait }),
      })
    ctx.log('throttled', { where, waitMs: wait })
    await ctx.sleep(Math.min(wait, longestWaitMs))
  }
}

async function bodyOf(response: Response, where: string): Promise<Readonly<Record<string, Json>>> {
  const text = await response.text()
  try {
    return JSON.parse(text) as Readonly<Record<string, Json>>
  } catch (error) {
    throw new Fault({
      what: `HubSpot gave an answer that cannot be read (HTTP ${response.status})`,
      where,
      hint: 'It is tried again.',
      retry: 'later',
      cause: error,
    })
  }
}

function waitOf(response: Response, body: Readonly<Record<string, Json>>): number | undefined {
  const after = Number(response.headers.get('retry-after'))
  if (Number.isFinite(after) && after > 0) return after * 1000
  return body.policyName === 'DAILY' ? undefined : (waitsMs[String(body.policyName)] ?? 1_000)
}

/** Asks the portal who it is. */
export async function portalAccount(ctx: Context, connection: Connection): Promise<{ readonly account: string }> {
  const { status, body } = await callHubspot(ctx, connection, { method: 'GET', path: '/account-info/v3/details' })
  if (status === 200) return { account: String(body.portalId) }
  throw new Fault({
    what: `HubSpot did not say who it is (HTTP ${status})`,
    where: connection.name,
    hint: 'Check the endpoint and the token.',
    retry: 'later',
  })
}
