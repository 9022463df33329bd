import { afterEach, expect, it } from 'vitest'
import { contacts } from '../../../sinks/hubspot/contacts.ts'
import type { Change, Outcome } from '../../../sinks/sink.ts'
import { judgeSink, type Place } from '../../suite/sink.ts'
import { type Asked, connectionTo, type Outside, outside, type Reaction, token } from '../outside.ts'
import { id, inputsOf, type Portal, portalOf, stranger } from './portal.ts'

let open: Portal | undefined
afterEach(async () => {
  await open?.close()
  open = undefined
})

const crm = (url: string) => connectionTo(url, { name: 'crm', system: 'hubspot', account: '4711' })

judgeSink(contacts, async (): Promise<Place> => {
  const portal = await portalOf()
  return {
    ctx: outside(),
    connection: crm(portal.url),
    account: '4711',
    id,
    unknown: stranger,
    fields: { loyalty_score: '120', loyalty_tier: 'gold' },
    async held(contact) {
      const fields = portal.held.get(contact)
      return (
        fields && Object.fromEntries([...fields].filter(([name, value]) => name !== 'shop_customer_id' && value !== ''))
      )
    },
    close: portal.close,
  }
})

const change = (
  n: number,
  fields: Extract<Change, { op: 'upsert' }>['fields'] = { loyalty_score: String(n) },
): Change => ({
  op: 'upsert',
  id: id(n),
  key: `key-${n}`,
  fields,
})

async function deliver(
  changes: readonly Change[],
  bend: Portal['bend'] = () => undefined,
  ctx: Outside = outside(),
): Promise<readonly Outcome[]> {
  open ??= await portalOf()
  open.bend = bend
  return await contacts.deliver(ctx, { connection: crm(open.url), changes })
}

const limited = (policyName: string, headers: Readonly<Record<string, string>> = {}): Reaction => ({
  status: 429,
  headers,
  body: { status: 'error', message: 'slow down', errorType: 'RATE_LIMIT', correlationId: 'c', policyName },
})

it('names each contact by the shop’s id, and sends the change’s key as the id of the write', async () => {
  await deliver([change(1, { loyalty_score: '5', loyalty_tier: null })])
  expect(inputsOf(open?.asked[0] as Asked)).toEqual([
    {
      id: id(1),
      idProperty: 'shop_customer_id',
      objectWriteTraceId: 'key-1',
      properties: { shop_customer_id: id(1), loyalty_score: '5', loyalty_tier: '' },
    },
  ])
  expect(open?.asked[0]?.headers.authorization).toBe(`Bearer ${token}`)
})

it('acknowledges with the contact’s own id, matched by id and not by place', async () => {
  expect(await deliver([change(1), change(2)])).toEqual([
    { id: id(1), state: 'acked', remote: '91001' },
    { id: id(2), state: 'acked', remote: '91002' },
  ])
})

it('matches a row by the id of its write where the answer leaves the property out', async () => {
  const bare = { status: 'COMPLETE', results: [{ id: '7', objectWriteTraceId: 'key-1', properties: {} }] }
  expect(await deliver([change(1)], () => ({ body: bare }))).toEqual([{ id: id(1), state: 'acked', remote: '7' }])
})

it('rejects the row that a 207 names, without the address that HubSpot repeats', async () => {
  const outcomes = await deliver([change(1), { ...change(2), id: stranger }, change(3)])
  expect(outcomes.map(({ state }) => state)).toEqual(['acked', 'rejected', 'acked'])
  expect(JSON.stringify(outcomes)).not.toContain('jane')
})

it('finds the one bad row that makes HubSpot refuse a hundred', async () => {
  const all = Array.from({ length: 100 }, (_, n) =>
    change(n, n === 63 ? { loyalty_score: 'bad', email: 'jane@example' } : { loyalty_score: String(n) }),
  )
  const outcomes = await deliver(all)
  expect(outcomes.filter(({ state }) => state !== 'acked')).toEqual([
    { id: id(63), state: 'rejected', why: 'VALIDATION_ERROR: Email address … is invalid (INVALID_EMAIL)' },
  ])
  expect(outcomes).toHaveLength(100)
  expect(open?.held.size).toBe(99)
  expect(open?.asked.length).toBeLessThanOrEqual(16)
})

it('never sends one contact twice in a call', async () => {
  const outcomes = await deliver([change(1), change(1, { loyalty_tier: 'gold' }), change(2)])
  expect(outcomes.map(({ state }) => state)).toEqual(['acked', 'acked', 'acked'])
  expect(Object.fromEntries(open?.held.get(id(1)) ?? [])).toMatchObject({ loyalty_score: '1', loyalty_tier: 'gold' })
})

it('makes a property that the portal lacks one Fault, and not a rejection of everybody', async () => {
  const delivering = deliver(Array.from({ length: 50 }, (_, n) => change(n, { shoe_size: '44' })))
  await expect(delivering).rejects.toMatchObject({ retry: 'never', hint: expect.stringContaining('shoe_size') })
  expect(open?.asked).toHaveLength(1)
})

it.each([
  ['SECONDLY', {}, 1_000],
  ['TEN_SECONDLY_ROLLING', {}, 10_000],
  ['SECONDLY', { 'retry-after': '3' }, 3_000],
  ['NEW_POLICY', { 'x-hubspot-ratelimit-interval-milliseconds': '5000' }, 5_000],
] as const)('waits out the limit %s with %o and delivers', async (policy, headers, waitMs) => {
  const ctx = outside()
  const outcomes = await deliver([change(1)], (_, nth) => (nth === 1 ? limited(policy, headers) : undefined), ctx)
  expect(outcomes).toMatchObject([{ state: 'acked' }])
  expect(ctx.waits).toEqual([waitMs])
})

it('defers at once where the day’s budget is used up, and after six tries where a short one stays so', async () => {
  const ctx = outside()
  expect(await deliver([change(1)], () => limited('DAILY'), ctx)).toMatchObject([{ state: 'deferred' }])
  expect(ctx.waits).toEqual([])
  expect(await deliver([change(1)], () => limited('SECONDLY'), ctx)).toMatchObject([{ state: 'deferred' }])
  expect(ctx.waits).toHaveLength(5)
})

it.each([
  ['a 502', { status: 502 }],
  ['a cut answer', { body: { status: 'COMPLETE', results: [] }, cutAfter: 5 }],
  ['no answer', { cutAfter: 0 }],
  ['a page instead of an answer', { body: '<html>' }],
  ['an answer that leaves the row out', { body: { status: 'COMPLETE', results: [] } }],
] as const)('says unknown after %s, and sends nothing a second time', async (_, reaction) => {
  expect(await deliver([change(1)], () => reaction)).toMatchObject([{ id: id(1), state: 'unknown' }])
  expect(open?.asked).toHaveLength(1)
})

it('defers where no connection can be made: nothing can have arrived', async () => {
  open = await portalOf()
  await open.close()
  expect(await deliver([change(1)])).toMatchObject([{ state: 'deferred', retry: 'later' }])
})

it('defers a row whose error passes, and a call in conflict', async () => {
  const row = { status: 'COMPLETE', results: [], errors: [{ category: 'RATE_LIMITS', message: 'busy', id: id(1) }] }
  expect(await deliver([change(1)], () => ({ status: 207, body: row }))).toMatchObject([{ state: 'deferred' }])
  expect(await deliver([change(1)], () => ({ status: 409, body: {} }))).toMatchObject([{ state: 'deferred' }])
})

it.each([401, 403])('throws a Fault that names no token where the answer is %i', async status => {
  const caught = await deliver([change(1)], () => ({ status, body: { message: token } })).catch(
    (error: unknown) => error,
  )
  expect(caught).toMatchObject({ retry: 'never' })
  expect(JSON.stringify({ ...(caught as object), message: String(caught) })).not.toContain(token)
})
