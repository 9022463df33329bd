import type { Connection } from '../../contracts/connection.ts'
import type { Context, Json } from '../../contracts/context.ts'
import { Fault } from '../../contracts/fault.ts'

/** The version of the Admin API that every text of ours is written for. */
export const shopifyVersion = '2026-07'

/** How often a throttled call is tried before it is given back as one to try later. */
const throttledTries = 8
const longestWaitMs = 30_000

interface Answer {
  readonly data?: Readonly<Record<string, Json>> | null
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[]
  readonly extensions?: {
    readonly cost?: {
      readonly requestedQueryCost?: number
      readonly throttleStatus?: { readonly currentlyAvailable: number; readonly restoreRate: number }
    }
    readonly search?: readonly {
      readonly query?: string
      readonly warnings?: readonly { readonly field?: string; readonly message: string }[]
    }[]
  }
}

/**
 * One GraphQL call. Throttling is waited out, in both shapes that Shopify uses (HTTP 429, and 200 with THROTTLED); any other error
 * is a Fault, and so is a warning about a search filter: a filter that is not understood returns everything.
 */
export async function callShopify(
  ctx: Context,
  connection: Connection,
  call: { readonly text: string; readonly variables?: Json },
): Promise<Readonly<Record<string, Json>>> {
  const where = `${connection.name}, ${operationOf(call.text)}`
  for (let tries = 1; ; tries += 1) {
    const response = await post(ctx, connection, call)
    const answer = await readAnswer(response, where)
    const wait = throttleWait(response, answer)
    if (wait === undefined) return dataOf(answer, response, where)
    if (tries >= throttledTries) throw throttled(where, wait)
    ctx.log('throttled', { where, waitMs: wait })
    await ctx.sleep(Math.min(wait, longestWaitMs))
  }
}

const operationOf = (text: string): string => /\b(?:query|mutation)\s+(\w+)/.exec(text)?.[1] ?? 'query'

const post = (
  ctx: Context,
  connection: Connection,
  { text, variables }: { readonly text: string; readonly variables?: Json },
): Promise<Response> =>
  ctx.fetch(`${ctx.secret(connection.endpoint)}/admin/api/${shopifyVersion}/graphql.json`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-shopify-access-token': ctx.secret(connection.secrets.token ?? ''),
    },
    body: JSON.stringify({ query: text, variables: variables ?? {} }),
  })

async function readAnswer(response: Response, where: string): Promise<Answer> {
  if (response.status === 401 || response.status === 403)
    throw new Fault({
      what: `Shopify refused the access token (HTTP ${response.status})`,
      where,
      hint: 'Check the connection’s token and its scopes.',
      retry: 'never',
    })
  if (response.status === 429) {
    await response.body?.cancel()
    return {}
  }
  try {
    const answer = (await response.json()) as Answer
    if (response.ok) return answer
  } catch (error) {
    throw unclear(where, `an answer that cannot be read (HTTP ${response.status})`, error)
  }
  throw unclear(where, `HTTP ${response.status}`)
}

const unclear = (where: string, what: string, cause?: unknown): Fault =>
  new Fault({
    what: `Shopify gave ${what}`,
    where,
    hint: 'It is tried again; see status.shopify.com if it stays so.',
    retry: 'later',
    ...(cause === undefined ? {} : { cause }),
  })

/** Milliseconds to wait, or undefined where the call was not throttled. */
function throttleWait(response: Response, { errors, extensions }: Answer): number | undefined {
  const isThrottled = response.status === 429 || errors?.some(error => error.extensions?.code === 'THROTTLED') === true
  if (!isThrottled) return undefined
  const after = Number(response.headers.get('retry-after'))
  const { requestedQueryCost = 0, throttleStatus } = extensions?.cost ?? {}
  const missing =
    throttleStatus === undefined
      ? 0
      : Math.max(requestedQueryCost - throttleStatus.currentlyAvailable, 0) / throttleStatus.restoreRate
  return Math.max(Number.isFinite(after) ? after * 1000 : 0, missing * 1000, 200)
}

const throttled = (where: string, waitMs: number): Fault =>
  new Fault({
    what: 'Shopify throttled the call too many times',
    where,
    hint: 'Another app may be using up the shop’s budget; it is tried again.',
    retry: 'later',
    waitMs,
  })

function dataOf(
  { data, errors, extensions }: Answer,
  response: Response,
  where: string,
): Readonly<Record<string, Json>> {
  if (errors !== undefined && errors.length > 0) {
    const retry = errors.some(error => error.extensions?.code === 'INTERNAL_SERVER_ERROR') ? 'later' : 'never'
    throw new Fault({
      what: `Shopify answered: ${errors.map(error => error.message).join('; ')}`,
      where,
      hint:
        retry === 'later' ? 'It is tried again.' : 'Check the scopes of the token and the API version of the query.',
      retry,
    })
  }
  const warnings = extensions?.search?.flatMap(search => search.warnings ?? []) ?? []
  if (warnings.length > 0)
    throw new Fault({
      what: `Shopify did not understand the filter: ${warnings.map(warning => `${warning.field ?? ''} ${warning.message}`.trim()).join('; ')}`,
      where,
      hint: 'A filter that is not understood returns everything; correct the query.',
      retry: 'never',
    })
  if (data === undefined || data === null) throw unclear(where, `no data (HTTP ${response.status})`)
  return data
}

/** Asks the shop who it is. */
export const shopQuery = 'query Shop { shop { id } }'

export async function shopAccount(ctx: Context, connection: Connection): Promise<{ readonly account: string }> {
  const { shop } = await callShopify(ctx, connection, { text: shopQuery })
  return { account: String((shop as { readonly id: string }).id) }
}
