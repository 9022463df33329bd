import { z } from 'zod'
import { Fault } from '../../contracts/fault.ts'
import { parsedJson } from '../../contracts/parsed-json.ts'
import { type Reply, retryAfterMs } from '../send.ts'
import type { Ask } from './asks.ts'

/**
 * What became of one question. `refused` is Shopify's word on this very question; `throttled` means that nothing was done;
 * after `silent` a mutation may have been done, unless it was never sent.
 */
export type Answer<A> =
  | { readonly state: 'answered'; readonly data: A }
  | { readonly state: 'refused'; readonly why: string }
  | { readonly state: 'throttled'; readonly waitMs: number }
  | { readonly state: 'silent'; readonly sent: boolean; readonly why: string }

/** The bucket of points as the last answer left it. */
export interface Cost {
  readonly requested: number
  readonly available: number
  readonly perSecond: number
}

export interface Reading<A> {
  readonly answer: Answer<A>
  readonly cost?: Cost
}

export interface ReadingFacts {
  readonly where: string
  readonly now: Date
}

/** Where nothing says how long to wait, in milliseconds. */
const usualWaitMs = 1_000

/** Reads one reply. A Fault where no other question would fare better: the door is shut, or a filter is not understood. */
export function readAnswer<A>(ask: Ask<A>, reply: Reply, { where, now }: ReadingFacts): Reading<A> {
  if (reply.state === 'silent') return { answer: reply }
  const { status, headers, body } = reply
  const shut = shutDoors[status]
  if (shut !== undefined) throw new Fault({ ...shut, where, retry: 'never' })
  if (status === 429 || status === 430)
    return { answer: { state: 'throttled', waitMs: retryAfterMs(headers, now) ?? usualWaitMs } }
  if (status >= 300 && status < 400) throw new Fault({ ...moved(status), where, retry: 'never' })
  if (status >= 500) return { answer: { state: 'silent', sent: true, why: `Shopify answered ${status}` } }
  if (status >= 400) return { answer: { state: 'refused', why: `Shopify answered ${status}` } }
  const read = envelope.safeParse(parsedJson(body))
  if (!read.success) return { answer: unreadable(ask.name) }
  const cost = costOf(read.data.extensions?.cost)
  return {
    answer: readBody(ask, read.data, where, retryAfterMs(headers, now)),
    ...(cost === undefined ? {} : { cost }),
  }
}

const envelope = z.object({
  data: z.unknown().optional(),
  errors: z
    .array(z.object({ message: z.string(), extensions: z.object({ code: z.string().optional() }).nullish() }))
    .nullish(),
  extensions: z
    .object({
      cost: z
        .object({
          requestedQueryCost: z.number(),
          throttleStatus: z.object({ currentlyAvailable: z.number(), restoreRate: z.number().positive() }),
        })
        .nullish()
        .catch(undefined),
      search: z
        .array(
          z.object({ warnings: z.array(z.object({ field: z.string().nullish(), message: z.string() })).nullish() }),
        )
        .nullish(),
    })
    .nullish(),
})
type Envelope = z.infer<typeof envelope>

function readBody<A>(ask: Ask<A>, body: Envelope, where: string, asked: number | undefined): Answer<A> {
  const errors = body.errors ?? []
  const codes = errors.map(error => error.extensions?.code ?? '')
  if (codes.includes('THROTTLED'))
    return { state: 'throttled', waitMs: Math.max(asked ?? 0, restoreMs(costOf(body.extensions?.cost))) }
  const shut = codes.map(code => shutCodes[code]).find(found => found !== undefined)
  if (shut !== undefined) throw new Fault({ ...shut, hint: shut.hint ?? ask.denied ?? scopes, where, retry: 'never' })
  if (codes.includes('INTERNAL_SERVER_ERROR'))
    return { state: 'silent', sent: true, why: 'Shopify answered INTERNAL_SERVER_ERROR' }
  if (errors.length > 0) return { state: 'refused', why: errors.map(({ message }) => message).join('; ') }
  refuseWarnings(ask, body, where)
  const data = ask.answer.safeParse(body.data)
  return data.success ? { state: 'answered', data: data.data } : unreadable(ask.name)
}

/** How long until the bucket holds what the question costs, in milliseconds. */
export const restoreMs = (cost: Cost | undefined): number =>
  cost === undefined ? usualWaitMs : Math.max(0, Math.ceil(((cost.requested - cost.available) / cost.perSecond) * 1000))

/** A search field that Shopify does not know is left out of the search: everything would be returned. */
function refuseWarnings<A>(ask: Ask<A>, body: Envelope, where: string): void {
  const warnings = body.extensions?.search?.flatMap(found => found.warnings ?? []) ?? []
  if (warnings.length === 0) return
  const found = warnings.map(({ field, message }) => `${field ?? 'filter'}: ${message}`)
  throw new Fault({
    what: `Shopify does not understand the filter of ${ask.name}: ${found.join('; ')}`,
    where,
    hint: 'Shopify ignores such a term and would answer with more or less than was asked for. Correct the filter.',
    retry: 'never',
  })
}

function costOf(cost: NonNullable<Envelope['extensions']>['cost']): Cost | undefined {
  if (cost === undefined || cost === null) return undefined
  const { currentlyAvailable, restoreRate } = cost.throttleStatus
  return { requested: cost.requestedQueryCost, available: currentlyAvailable, perSecond: restoreRate }
}

const unreadable = (name: string): Answer<never> => ({
  state: 'silent',
  sent: true,
  why: `the answer to ${name} has another form than was agreed`,
})

const token = 'See that the app is installed in this shop and that the connection’s token is this shop’s.'
const scopes = 'Grant the app the access scopes for what is asked, and install it again.'
const shutDoors: Readonly<Record<number, { readonly what: string; readonly hint: string }>> = {
  401: { what: 'Shopify does not accept the token (401)', hint: token },
  402: { what: 'the shop is frozen (402)', hint: 'The shop’s bill is open; its owner has to settle it.' },
  403: { what: 'Shopify refuses access (403)', hint: scopes },
  404: {
    what: 'there is no shop or no such API version at the endpoint (404)',
    hint: 'See that the endpoint is right.',
  },
  423: { what: 'the shop is locked (423)', hint: 'Ask the shop’s owner, or Shopify.' },
}
const shutCodes: Readonly<Record<string, { readonly what: string; readonly hint?: string }>> = {
  ACCESS_DENIED: { what: 'Shopify refuses access (ACCESS_DENIED)' },
  SHOP_INACTIVE: { what: 'the shop is not active (SHOP_INACTIVE)', hint: 'Ask the shop’s owner.' },
}
const moved = (status: number): { readonly what: string; readonly hint: string } => ({
  what: `the endpoint leads elsewhere (${status}), and a token is not sent after it`,
  hint: 'Write the shop’s own address, https://<shop>.myshopify.com, as the endpoint.',
})
