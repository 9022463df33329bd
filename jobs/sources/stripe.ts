import { Fault } from '../../contracts/fault.ts'
import { epochSeconds, upper } from '../../contracts/forms.ts'
import { dayMs, instantOf } from '../../contracts/instant.ts'
import { at, textAt } from '../../contracts/paths.ts'
import { stripeCharge } from '../../contracts/stripe/charge.ts'
import { stripePayout } from '../../contracts/stripe/payout.ts'
import { stripeRefund } from '../../contracts/stripe/refund.ts'
import { placeOf } from '../../sinks/send.ts'
import { keys } from './paged/signature.ts'
import type { Api, PagedTerms } from './paged/terms.ts'
import { checkPaged, pagedObject } from './paged.ts'
import { type Claim, claimOf, type Source, type SourceObject } from './source.ts'

/** A restricted key with read rights is enough. Events keep the version of the account, whatever is asked here. */
const api: Api = {
  vendor: 'Stripe',
  sign: keys(['token'], ({ token }) => ({ authorization: `Bearer ${token}`, 'stripe-version': '2025-09-30.clover' })),
  rights: 'Give the restricted key read rights to charges, refunds, payouts and events, and to the account.',
  refusal: body => textAt(body, 'error.code') ?? textAt(body, 'error.type'),
}

interface List extends Pick<PagedTerms, 'name' | 'claims' | 'newestFirst'> {
  readonly path: string
  readonly types?: readonly string[]
}

/** A list comes newest first, at most 100 a page, and does not move: its time and its order are those of creation (docs.stripe.com/api/pagination). */
const list = ({ path, types = [], ...terms }: List): SourceObject =>
  pagedObject({
    ...terms,
    api,
    overlapMs: 60 * 60 * 1000,
    time: 'created',
    ask: ({ from, to }, { after }) => ({
      path,
      query: {
        limit: '100',
        'created[gte]': String(from),
        'created[lt]': String(to),
        ...Object.fromEntries(types.map((type, n) => [`types[${n}]`, type])),
        ...(after === undefined ? {} : { starting_after: after }),
      },
    }),
    records: 'data',
    paging: { kind: 'after', key: 'id', more: ({ body }) => at(body, 'has_more') === true },
    most: 50_000,
    halving: 'time',
  })

/** What was created, as it is when it is read. */
const created = (name: string, claim: Claim): SourceObject =>
  list({ name: `stripe.${name}`, claims: [claim], path: `/v1/${name}` })

/** What changed, as it was then: no list can be asked for changes, so they are read from Stripe's own record of events. */
const changed = (name: string, claim: Claim, types: readonly string[]): SourceObject =>
  remembered(list({ name: `stripe.${name}`, claims: [claim], path: '/v1/events', types, newestFirst: true }))

/** Events are kept for 30 days (docs.stripe.com/api/events). */
const keptMs = 30 * dayMs

/** Before what Stripe remembers, the first interval needs no changes: the lists bring the result of them. A later one leaves a gap. */
const remembered = (object: SourceObject): SourceObject => ({
  ...object,
  async *extract(ctx, request) {
    const { interval, connection, setAside } = request
    const oldest = ctx.now().getTime() - keptMs
    if (Date.parse(interval.from) >= oldest) return yield* object.extract(ctx, request)
    const kept = { from: instantOf(new Date(Math.min(oldest, Date.parse(interval.to)))), to: interval.to }
    if (Date.parse(connection.since) < Date.parse(interval.from)) {
      const gap = {
        id: `${object.name} before ${kept.from}`,
        slice: { from: interval.from, to: kept.from },
        why: 'Stripe remembers events for 30 days; what changed before them is unknown',
      }
      if (setAside === undefined) throw forgotten(gap.why, `${placeOf(connection)}, ${gap.id}`)
      setAside({ kind: 'gap', gap })
    }
    yield* object.extract(ctx, { ...request, interval: kept })
  },
})

const forgotten = (what: string, where: string): Fault =>
  new Fault({ what, where, hint: 'Read the lists anew from the beginning of the gap.', retry: 'never' })

/** Where a record stands in its line: it is the line, or an event's object. */
type Root = '' | 'data.object.'
const times = { created_at: epochSeconds, as_of: epochSeconds }

const charge = (root: Root): Claim =>
  claimOf(stripeCharge, {
    fields: {
      charge_id: `${root}id`,
      payment_intent_id: `${root}payment_intent`,
      customer_id: `${root}customer`,
      created_at: `${root}created`,
      as_of: 'created',
      currency: `${root}currency`,
      amount_minor: `${root}amount`,
      captured_minor: `${root}amount_captured`,
      refunded_minor: `${root}amount_refunded`,
      status: `${root}status`,
      captured: `${root}captured`,
      refunded: `${root}refunded`,
      disputed: `${root}disputed`,
    },
    forms: { ...times, currency: upper },
  })

const refund = (root: Root): Claim =>
  claimOf(stripeRefund, {
    fields: {
      refund_id: `${root}id`,
      charge_id: `${root}charge`,
      payment_intent_id: `${root}payment_intent`,
      created_at: `${root}created`,
      as_of: 'created',
      currency: `${root}currency`,
      amount_minor: `${root}amount`,
      status: `${root}status`,
      reason: `${root}reason`,
    },
    forms: { ...times, currency: upper },
  })

const payout = (root: Root): Claim =>
  claimOf(stripePayout, {
    fields: {
      payout_id: `${root}id`,
      created_at: `${root}created`,
      as_of: 'created',
      arrives_at: `${root}arrival_date`,
      currency: `${root}currency`,
      amount_minor: `${root}amount`,
      status: `${root}status`,
      automatic: `${root}automatic`,
    },
    forms: { ...times, arrives_at: epochSeconds, currency: upper },
  })

const eventsOf = (name: string, ...words: readonly string[]): readonly string[] => words.map(word => `${name}.${word}`)

/** Payments, what went back, and what went to the bank: each as a list of what was created and as a list of what changed since. */
export const stripe: Source = {
  name: 'stripe',
  objects: [
    created('charges', charge('')),
    created('refunds', refund('')),
    created('payouts', payout('')),
    changed(
      'charge_changes',
      charge('data.object.'),
      eventsOf('charge', 'captured', 'expired', 'failed', 'pending', 'refunded', 'succeeded', 'updated'),
    ),
    changed('refund_changes', refund('data.object.'), [
      ...eventsOf('refund', 'created', 'failed', 'updated'),
      'charge.refund.updated',
    ]),
    changed(
      'payout_changes',
      payout('data.object.'),
      eventsOf('payout', 'canceled', 'created', 'failed', 'paid', 'reconciliation_completed', 'updated'),
    ),
  ],
  check: checkPaged(api, { ask: { path: '/v1/account', query: {} }, account: 'id' }),
}
