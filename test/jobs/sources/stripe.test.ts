import { describe, expect, it } from 'vitest'
import { Fault } from '../../../contracts/fault.ts'
import type { Aside, SourceObject } from '../../../jobs/sources/source.ts'
import { stripe } from '../../../jobs/sources/stripe.ts'
import { faultList } from '../../../sandbox/faults.ts'
import {
  charge,
  emptyAccount,
  eventOf,
  payout,
  refundOf,
  type StripeAccount,
  type StripeRecord,
  stripeServer,
} from '../../../sandbox/stripe.ts'
import { outside } from '../../sinks/outside.ts'
import { judgeSource, type Origin } from '../../suite/source.ts'
import { memoryLanding } from './land.ts'
import { judgeLoads, linesOf, listening, originOf } from './paged-vendor.ts'

const key = 'rk_test_51'
const objectOf = (name: string): SourceObject =>
  stripe.objects.find(object => object.name === `stripe.${name}`) as SourceObject

/** How a record comes into each list, and what it is known by. */
const arrivals: Readonly<Record<string, (account: StripeAccount, n: number, at: number) => StripeRecord>> = {
  charges: (account, n, at) => put(account.charges, charge(1, n, at)),
  refunds: (account, n, at) => put(account.refunds, refundOf(charge(1, n, at), at)),
  payouts: (account, n, at) => put(account.payouts, payout(1, n, at)),
  charge_changes: (account, n, at) => put(account.events, eventOf('charge.captured', charge(1, n, at - 60), at)),
  refund_changes: (account, n, at) =>
    put(account.events, eventOf('refund.updated', refundOf(charge(1, n, at), at - 60), at)),
  payout_changes: (account, n, at) =>
    put(account.events, eventOf('payout.paid', { ...payout(1, n, at - 60), status: 'paid' }, at)),
}

function put(list: StripeRecord[], record: StripeRecord): StripeRecord {
  list.push(record)
  return record
}

async function open(name: string, account = emptyAccount()): Promise<Origin> {
  let n = 0
  return originOf(await listening(stripeServer({ account, key, faults: faultList() })), {
    secrets: { token: key },
    add: at => (arrivals[name] as (typeof arrivals)[string])(account, n++, at / 1000).id,
    nameOf: line => String(line.id),
  })
}

for (const name of Object.keys(arrivals)) judgeSource(objectOf(name), { open: () => open(name), gives: 'exactly' })

judgeLoads(stripe, () => {
  const account = emptyAccount()
  const first = Date.parse('2026-06-20T00:00:00Z') / 1000
  for (let n = 0; n < 250; n += 1) for (const arrive of Object.values(arrivals)) arrive(account, n, first + n * 600)
  return open('charges', account)
})

it('says which account it is, and which rights are missing', async () => {
  const origin = await open('charges')
  expect(await stripe.check(outside(), origin.connection)).toEqual({ account: 'acct_1Nv0FGQ9RKHgCVdK' })
  const stranger = { ...origin.connection, secrets: { token: 'rk_other' } }
  await expect(stripe.check(outside(), stranger)).rejects.toMatchObject({
    retry: 'never',
    what: expect.stringContaining('401'),
  })
  await origin.close()
})

const day = { from: '2026-06-28T02:00:00.000000Z', to: '2026-06-29T02:00:00.000000Z' }

it('lets the later of two changes within one second stand last, so that it wins', async () => {
  const account = emptyAccount()
  const at = Date.parse('2026-06-28T12:00:00Z') / 1000
  const taken = charge(1, 1, at - 60)
  put(account.events, eventOf('charge.succeeded', taken, at))
  put(account.events, eventOf('charge.refunded', { ...taken, refunded: true, amount_refunded: taken.amount }, at))
  const origin = await open('charges', account)
  const landing = memoryLanding()
  for await (const _ of objectOf('charge_changes').extract(outside(), {
    connection: origin.connection,
    interval: day,
    land: landing.land,
  }))
    void _
  const types = [...landing.files.values()].flatMap(file => linesOf(String(file))).map(({ type }) => type)
  expect(types).toEqual(['charge.succeeded', 'charge.refunded'])
  await origin.close()
})

describe('an interval that began before what Stripe remembers', () => {
  const long = { from: '2026-04-01T00:00:00.000000Z', to: '2026-06-29T02:00:00.000000Z' }

  async function extract(since: string, setAside?: (aside: Aside) => void): Promise<void> {
    const origin = await open('charge_changes')
    const kept = await origin.add('2026-06-28T02:00:00Z')
    const landing = memoryLanding()
    const request = {
      connection: { ...origin.connection, since },
      interval: long,
      land: landing.land,
      ...(setAside === undefined ? {} : { setAside }),
    }
    try {
      for await (const _ of objectOf('charge_changes').extract(outside(), request)) void _
      expect(origin.namesIn(landing.files)).toEqual([kept])
    } finally {
      await origin.close()
    }
  }

  it('is read from there where it is the first, for the lists bring the result of older changes', async () => {
    const asides: Aside[] = []
    await extract(long.from, aside => void asides.push(aside))
    expect(asides).toEqual([])
  })

  it('leaves a gap where earlier intervals were read, and without a place for gaps it is a Fault', async () => {
    const asides: Aside[] = []
    await extract('2026-01-01T00:00:00.000000Z', aside => void asides.push(aside))
    expect(asides).toMatchObject([
      { kind: 'gap', gap: { slice: { from: long.from, to: '2026-05-31T03:00:00.000000Z' } } },
    ])
    await expect(extract('2026-01-01T00:00:00.000000Z')).rejects.toThrow(Fault)
  })
})

describe('the simulated Stripe refuses', () => {
  const ask = async (path: string, headers: Record<string, string> = { authorization: `Bearer ${key}` }) => {
    const origin = await open('charges')
    const response = await fetch(`${origin.connection.endpoint}${path}`, { headers })
    const body = (await response.json()) as { readonly error: { readonly message: string } }
    await origin.close()
    return [response.status, body.error.message]
  }

  it.each([
    ['/v1/charges?limit=101', 400, /less than or equal to 100/],
    ['/v1/charges?updated[gte]=1', 400, /unknown parameter: updated/],
    ['/v1/charges?starting_after=ch_none', 400, /No such charge: 'ch_none'/],
    ['/v1/nothing', 404, /Unrecognized request URL/],
  ])('%s with %i', async (path, status, message) => {
    expect(await ask(path)).toEqual([status, expect.stringMatching(message)])
  })

  it('who brings no key, or another', async () => {
    expect(await ask('/v1/charges', {})).toEqual([401, 'You did not provide an API key.'])
    expect((await ask('/v1/charges', { authorization: 'Bearer x' }))[0]).toBe(401)
  })
})
