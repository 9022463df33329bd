import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { answerFault, answerJson, type FaultList } from './faults.ts'
import { between, chance, pick } from './random.ts'

export interface StripeRecord {
  readonly id: string
  readonly object: string
  /** Seconds since 1970. */
  readonly created: number
  readonly [field: string]: unknown
}

/** What an account holds, in the order in which it came about. Changed records are replaced where they stand. */
export interface StripeAccount {
  readonly id: string
  readonly charges: StripeRecord[]
  readonly refunds: StripeRecord[]
  readonly payouts: StripeRecord[]
  readonly events: StripeRecord[]
}

const base62 = (...parts: readonly (number | string)[]): string =>
  Array.from({ length: 24 }, (_, n) =>
    pick([...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'], chance(...parts, n)),
  ).join('')

export const charge = (seed: number, n: number, created: number): StripeRecord => {
  const amount = between(100, 90_000, chance(seed, n, 'amount'))
  return {
    id: `ch_${base62(seed, n, 'charge')}`,
    object: 'charge',
    amount,
    amount_captured: amount,
    amount_refunded: 0,
    balance_transaction: `txn_${base62(seed, n, 'txn')}`,
    billing_details: { email: `customer${n}@example.com`, name: null },
    captured: true,
    created,
    currency: pick(['eur', 'usd', 'jpy'], chance(seed, n, 'currency')),
    customer: chance(seed, n, 'guest') < 0.3 ? null : `cus_${base62(seed, n, 'cus')}`,
    disputed: false,
    livemode: false,
    metadata: { order_id: String(n) },
    outcome: {
      network_status: 'approved_by_network',
      risk_level: 'normal',
      risk_score: between(1, 60, chance(seed, n, 'risk')),
    },
    paid: true,
    payment_intent: `pi_${base62(seed, n, 'pi')}`,
    refunded: false,
    status: 'succeeded',
  }
}

export const refundOf = (of: StripeRecord, created: number): StripeRecord => ({
  id: `re_${base62(of.id)}`,
  object: 'refund',
  amount: of.amount,
  charge: of.id,
  created,
  currency: of.currency,
  metadata: {},
  payment_intent: of.payment_intent,
  reason: null,
  status: 'pending',
})

export const payout = (seed: number, n: number, created: number): StripeRecord => ({
  id: `po_${base62(seed, n, 'payout')}`,
  object: 'payout',
  amount: between(10_000, 900_000, chance(seed, n, 'payout amount')),
  arrival_date: created + 172_800,
  automatic: true,
  created,
  currency: 'eur',
  livemode: false,
  status: 'in_transit',
})

/** The word that something became so, with its state at that moment. */
export const eventOf = (type: string, of: StripeRecord, created: number): StripeRecord => ({
  id: `evt_${base62(type, of.id, created)}`,
  object: 'event',
  api_version: '2025-09-30.clover',
  created,
  data: { object: of },
  livemode: false,
  pending_webhooks: 0,
  type,
})

export const emptyAccount = (): StripeAccount => ({
  id: 'acct_1Nv0FGQ9RKHgCVdK',
  charges: [],
  refunds: [],
  payouts: [],
  events: [],
})

export interface StripeTerms {
  readonly account: StripeAccount
  readonly key: string
  readonly faults: FaultList
}

/** The lists of Stripe's API, newest first. */
export const stripeServer = (terms: StripeTerms): Server =>
  createServer((request, response) => handle(terms, request, response))

function handle({ account, key, faults }: StripeTerms, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  if (answerFault(faults.take(url.pathname), response)) return
  const given = request.headers.authorization
  if (given === undefined) return refuse(response, 401, { message: 'You did not provide an API key.' })
  if (given !== `Bearer ${key}`) return refuse(response, 401, { message: 'Invalid API Key provided: sk_test_****' })
  if (url.pathname === '/v1/account') return answerJson(response, 200, { id: account.id, object: 'account' })
  const name = url.pathname.replace('/v1/', '')
  if (name !== 'charges' && name !== 'refunds' && name !== 'payouts' && name !== 'events')
    return refuse(response, 404, { message: `Unrecognized request URL (GET: ${url.pathname}).` })
  list(account[name], { name, query: url.searchParams, response })
}

interface Listing {
  readonly name: string
  readonly query: URLSearchParams
  readonly response: ServerResponse
}

function list(records: readonly StripeRecord[], { name, query, response }: Listing): void {
  const unknown = [...query.keys()].find(
    each =>
      !/^(limit|starting_after|created\[(gte|gt|lt|lte)\])$/.test(each) &&
      !(name === 'events' && /^(type|types\[\d*\])$/.test(each)),
  )
  if (unknown !== undefined)
    return refuse(response, 400, {
      code: 'parameter_unknown',
      message: `Received unknown parameter: ${unknown}`,
      param: unknown,
    })
  const limit = Number(query.get('limit') ?? 10)
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    return refuse(response, 400, {
      message: `This value must be less than or equal to 100 (it currently is '${limit}').`,
      param: 'limit',
    })
  const after = query.get('starting_after')
  const start = after === null ? undefined : records.find(({ id }) => id === after)
  if (after !== null && start === undefined)
    return refuse(response, 400, {
      code: 'resource_missing',
      message: `No such ${name.slice(0, -1)}: '${after}'`,
      param: 'starting_after',
    })
  const types = [...query].filter(([each]) => each.startsWith('type')).map(([, type]) => type)
  const found = newestFirst(records).filter(
    record => isWithin(record.created, query) && (types.length === 0 || types.includes(String(record.type))),
  )
  const rest = start === undefined ? found : found.filter(record => isOlder(records, record, start))
  answerJson(response, 200, {
    object: 'list',
    url: `/v1/${name}`,
    has_more: rest.length > limit,
    data: rest.slice(0, limit),
  })
}

const newestFirst = (records: readonly StripeRecord[]): readonly StripeRecord[] =>
  records.toReversed().sort((a, b) => b.created - a.created)

const isOlder = (records: readonly StripeRecord[], record: StripeRecord, than: StripeRecord): boolean =>
  record.created < than.created || (record.created === than.created && records.indexOf(record) < records.indexOf(than))

const isWithin = (created: number, query: URLSearchParams): boolean =>
  created >= Number(query.get('created[gte]') ?? 0) &&
  created > Number(query.get('created[gt]') ?? -1) &&
  created < Number(query.get('created[lt]') ?? Infinity) &&
  created <= Number(query.get('created[lte]') ?? Infinity)

const refuse = (response: ServerResponse, status: number, error: Readonly<Record<string, string>>): void =>
  answerJson(response, status, { error: { type: 'invalid_request_error', ...error } })
