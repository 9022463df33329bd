import type { Connection } from '../../contracts/connection.ts'
import type { Context, Json } from '../../contracts/context.ts'
import { Fault } from '../../contracts/fault.ts'
import { baseUrl, placeOf, type Reply, send } from '../send.ts'
import { type Answer, type Cost, readAnswer, restoreMs } from './answer.ts'
import { type Ask, askShop } from './asks.ts'
import { shopToken } from './token.ts'

/**
 * The only place that says which version of the Admin API is spoken. What newer ones change of what is asked here, by Shopify's changelog:
 * - 2026-10: `>` on a time leaves out the whole second (exclusive-timestamp-filters): only `>=` and `<` are asked.
 * - 2026-10: `ProductVariant.barcode` is deprecated for a connection `barcodes`, of which it stays the first (product-variant-barcode-is-being-replaced-by-barcodes).
 * - 2026-10: a query of metafields that is not valid is an error (release-notes/2026-10): none is filtered by metafields.
 * A version is served for a year at least; then the oldest that still is answers in its place, and says so in a header
 * (shopify.dev/docs/api/usage/versioning): that is written to the log.
 */
export const shopifyVersion = '2026-07'

export type Variables = Readonly<Record<string, Json>>

/** One shop's Admin API. Ask one question at a time: each call paces itself by what the last one left in the bucket. */
export interface Shopify {
  /** `shopify north`, for errors. */
  readonly where: string
  /** Waits out throttling and asks a query again, both within bounds; what then still stands is the answer. */
  ask<A>(ask: Ask<A>, variables?: Variables): Promise<Answer<A>>
  /** The same, for a caller to whom anything but data is a Fault. */
  data<A>(ask: Ask<A>, variables?: Variables): Promise<A>
}

export function shopifyClient(ctx: Context, connection: Connection): Shopify {
  const where = placeOf(connection)
  const url = `${baseUrl(ctx, connection)}/admin/api/${shopifyVersion}/graphql.json`
  const token = shopToken(ctx, connection)
  const budget = budgetOf(ctx)
  let told = shopifyVersion

  async function ask<A>(question: Ask<A>, variables: Variables = {}): Promise<Answer<A>> {
    for (let attempt = 1; ; attempt += 1) {
      await budget.await(question.name)
      const answer = await once(question, variables)
      const waitMs = againAfter(answer, question.kind, attempt)
      if (waitMs === undefined) return answer
      ctx.log('shopify is asked again', { connection: connection.name, ask: question.name, why: answer.state, waitMs })
      await ctx.sleep(waitMs)
    }
  }

  async function once<A>(question: Ask<A>, variables: Variables): Promise<Answer<A>> {
    const reply = await sent(JSON.stringify({ query: question.text, variables }))
    if (reply.state === 'answered') tellVersion(reply.headers.get('x-shopify-api-version'))
    const { answer, cost } = readAnswer(question, reply, { where, now: ctx.now() })
    budget.spent(question.name, answer.state === 'throttled' ? undefined : cost)
    return answer
  }

  function tellVersion(spoken: string | null): void {
    if (spoken === null || spoken === told) return
    told = spoken
    ctx.log('shopify speaks another version', { connection: connection.name, asked: shopifyVersion, spoken })
  }

  async function sent(body: string): Promise<Reply> {
    const headers = async () => ({
      'content-type': 'application/json',
      'x-shopify-access-token': await token.current(),
    })
    const reply = await send(ctx, { method: 'POST', url, headers: await headers(), body })
    if (reply.state !== 'answered' || reply.status !== 401 || !(await token.renewed())) return reply
    ctx.log('shopify token renewed', { connection: connection.name })
    return await send(ctx, { method: 'POST', url, headers: await headers(), body })
  }

  async function data<A>(question: Ask<A>, variables?: Variables): Promise<A> {
    const answer = await ask(question, variables)
    if (answer.state === 'answered') return answer.data
    throw faultOf(answer, `${where}, ${question.name}`)
  }

  return { where, ask, data }
}

interface Budget {
  /** Waits until the bucket should hold what the question cost the last time. */
  await(name: string): Promise<void>
  /** `cost` is undefined where the answer did not tell it, or has been waited for already. */
  spent(name: string, cost: Cost | undefined): void
}

function budgetOf(ctx: Context): Budget {
  const costs = new Map<string, number>()
  let last: Cost | undefined
  return {
    async await(name) {
      const requested = costs.get(name)
      const waitMs = last === undefined || requested === undefined ? 0 : restoreMs({ ...last, requested })
      if (waitMs > 0) await ctx.sleep(Math.min(waitMs, longestWaitMs))
    },
    spent(name, cost) {
      last = cost
      if (cost !== undefined) costs.set(name, cost.requested)
    },
  }
}

/** Asks the shop who it is. */
export async function shopAccount(ctx: Context, connection: Connection): Promise<{ readonly account: string }> {
  const { shop } = await shopifyClient(ctx, connection).data(askShop)
  return { account: shop.id }
}

const longestWaitMs = 60_000
const throttledTries = 8
const silentTries = 4

/** Milliseconds until the question is asked again, or undefined where the answer stands. */
export function againAfter(answer: Answer<unknown>, kind: Ask<unknown>['kind'], attempt: number): number | undefined {
  if (answer.state === 'throttled')
    return attempt < throttledTries && answer.waitMs <= longestWaitMs
      ? Math.max(answer.waitMs, 100 * 2 ** attempt)
      : undefined
  if (answer.state !== 'silent' || attempt >= silentTries) return undefined
  return kind === 'query' || !answer.sent ? 500 * 3 ** (attempt - 1) : undefined
}

type Unanswered = Exclude<Answer<never>, { readonly state: 'answered' }>

/** What was not answered, as a Fault. */
export function faultOf(answer: Unanswered, where: string): Fault {
  switch (answer.state) {
    case 'refused':
      return new Fault({
        what: `Shopify refused: ${answer.why}`,
        where,
        hint: `See that the query fits version ${shopifyVersion} of the Admin API.`,
        retry: 'never',
      })
    case 'throttled':
      return new Fault({
        what: 'Shopify kept answering that the budget of points is used up',
        where,
        hint: 'Another program uses the same app and shop. It is tried again later; give boomerang an app of its own.',
        retry: 'later',
        waitMs: answer.waitMs,
      })
    case 'silent':
      return new Fault({
        what: answer.why,
        where,
        hint: 'Shopify or the way to it is disturbed; it is tried again. See shopifystatus.com if it stays so.',
        retry: 'later',
      })
  }
}
