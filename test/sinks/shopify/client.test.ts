import { afterEach, expect, it } from 'vitest'
import { z } from 'zod'
import type { Json } from '../../../contracts/context.ts'
import { Fault } from '../../../contracts/fault.ts'
import type { Ask } from '../../../sinks/shopify/asks.ts'
import { againAfter, shopAccount, shopifyClient } from '../../../sinks/shopify/client.ts'
import { connectionTo, type Outside, outside, type Reaction, token, type Vendor, vendor } from '../outside.ts'

const askName: Ask<{ shop: { name: string } }> = {
  name: 'shop',
  kind: 'query',
  text: 'query { shop { name } }',
  answer: z.object({ shop: z.object({ name: z.string() }) }),
}
const write: typeof askName = { ...askName, name: 'write', kind: 'mutation' }

let shop: Vendor | undefined
afterEach(async () => {
  await shop?.close()
  shop = undefined
})

/** A client of a shop that gives these answers one after the other, the last one for ever. */
async function client(...reactions: readonly Reaction[]): Promise<{
  readonly ctx: Outside
  readonly shopify: ReturnType<typeof shopifyClient>
  readonly calls: () => number
}> {
  let calls = 0
  shop = await vendor(() => reactions[Math.min(calls++, reactions.length - 1)] ?? {})
  const ctx = outside()
  return { ctx, shopify: shopifyClient(ctx, connectionTo(shop.url)), calls: () => calls }
}

const good: Reaction = { body: { data: { shop: { name: 'Nordlicht' } } } }
const cost = (requestedQueryCost: number, currentlyAvailable: number, restoreRate: number): Json => ({
  requestedQueryCost,
  actualQueryCost: null,
  throttleStatus: { maximumAvailable: 2000, currentlyAvailable, restoreRate },
})
const throttled: Reaction = {
  body: {
    errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }],
    extensions: { cost: cost(300, 100, 50) },
  },
}
const error = (code: string): Reaction => ({ body: { errors: [{ message: `the ${code}`, extensions: { code } }] } })
const faultOf = async (promise: Promise<unknown>): Promise<Fault> => {
  const caught = await promise.catch((error: unknown) => error)
  expect(caught).toBeInstanceOf(Fault)
  return caught as Fault
}

it('speaks to the pinned version with the token in its header', async () => {
  const { shopify } = await client(good)
  expect(await shopify.data(askName)).toEqual({ shop: { name: 'Nordlicht' } })
  expect(shop?.asked[0]?.path).toBe('/admin/api/2026-07/graphql.json')
  expect(shop?.asked[0]?.headers['x-shopify-access-token']).toBe(token)
})

it('waits as long as the bucket needs where a 200 says THROTTLED, and asks again', async () => {
  const { ctx, shopify } = await client(throttled, good)
  expect(await shopify.data(askName)).toEqual({ shop: { name: 'Nordlicht' } })
  expect(ctx.waits).toEqual([4_000])
})

it('waits as long as Retry-After says where the answer is 429, a fraction of a second included', async () => {
  const { ctx, shopify } = await client({ status: 429, headers: { 'retry-after': '2.5' } }, good)
  await shopify.data(askName)
  expect(ctx.waits).toEqual([2_500])
})

it('gives a throttled question up after eight tries, and says that nothing was done', async () => {
  const { shopify, calls } = await client(throttled)
  expect(await shopify.ask(write)).toEqual({ state: 'throttled', waitMs: 4_000 })
  expect(calls()).toBe(8)
})

it('paces itself before the bucket is empty', async () => {
  const nearly: Reaction = {
    body: { data: { shop: { name: 'Nordlicht' } }, extensions: { cost: cost(100, 20, 40) } },
  }
  const { ctx, shopify } = await client(nearly)
  await shopify.data(askName)
  await shopify.data(askName)
  expect(ctx.waits).toEqual([2_000])
})

it.each([
  [401, 'token'],
  [403, 'scopes'],
  [402, 'bill'],
  [404, 'endpoint'],
  [423, 'owner'],
])('makes %i a Fault that another try cannot heal', async (status, hint) => {
  const { shopify } = await client({ status, body: { errors: '[API] no' } })
  const fault = await faultOf(shopify.ask(askName))
  expect(fault.retry).toBe('never')
  expect(fault.hint).toContain(hint)
  expect(`${fault.what} ${fault.hint} ${fault.where}`).not.toContain(token)
})

it('tells once where Shopify answers by another version, which it does when the pinned one is no longer served', async () => {
  const { shopify, ctx } = await client({ ...good, headers: { 'x-shopify-api-version': '2026-10' } })
  await shopify.data(askName)
  await shopify.data(askName)
  expect(ctx.logged.filter(({ event }) => event === 'shopify speaks another version')).toEqual([
    { event: 'shopify speaks another version', facts: { connection: 'north', asked: '2026-07', spoken: '2026-10' } },
  ])
})

it('makes ACCESS_DENIED in a 200 the same Fault as a 403', async () => {
  const { shopify } = await client(error('ACCESS_DENIED'))
  expect((await faultOf(shopify.ask(write))).retry).toBe('never')
})

it('never sends the token after a redirect', async () => {
  const other = await vendor(() => good)
  const { shopify } = await client({ status: 302, headers: { location: `${other.url}/admin` } })
  expect((await faultOf(shopify.ask(askName))).what).toContain('302')
  expect(other.asked).toEqual([])
  await other.close()
})

it('asks a query again after a 502, an INTERNAL_SERVER_ERROR and a cut answer', async () => {
  const { shopify, calls } = await client(
    { status: 502 },
    error('INTERNAL_SERVER_ERROR'),
    { ...good, cutAfter: 10 },
    good,
  )
  expect(await shopify.data(askName)).toEqual({ shop: { name: 'Nordlicht' } })
  expect(calls()).toBe(4)
})

it.each([
  ['a 502', { status: 502 }],
  ['an INTERNAL_SERVER_ERROR', error('INTERNAL_SERVER_ERROR')],
  ['a cut answer', { ...good, cutAfter: 10 }],
  ['no answer', { cutAfter: 0 }],
  ['a page instead of an answer', { body: '<html>' }],
] as const)('never sends a mutation again after %s, and says that it may have been done', async (_, reaction) => {
  const { shopify, calls } = await client(reaction)
  expect(await shopify.ask(write)).toMatchObject({ state: 'silent', sent: true })
  expect(calls()).toBe(1)
})

it('says that a mutation was not sent where no connection was made', async () => {
  const { shopify, ctx } = await client(good)
  await shop?.close()
  expect(await shopify.ask(write)).toMatchObject({ state: 'silent', sent: false })
  expect(ctx.waits).toHaveLength(3)
})

it('hands a refusal of the question back as a value', async () => {
  const { shopify } = await client(error('INVALID_VARIABLE'))
  expect(await shopify.ask(write)).toEqual({ state: 'refused', why: 'the INVALID_VARIABLE' })
})

it('refuses an answer to a filter that Shopify did not understand', async () => {
  const search = [{ path: ['orders'], query: 'x', warnings: [{ field: 'updatd_at', message: 'Invalid search field' }] }]
  const { shopify } = await client({ body: { data: { shop: { name: 'all' } }, extensions: { search } } })
  const fault = await faultOf(shopify.ask(askName))
  expect(fault.what).toContain('updatd_at')
  expect(fault.retry).toBe('never')
})

it('takes data of another form than agreed for no answer', async () => {
  const { shopify } = await client({ body: { data: { shop: { name: 7 } } } })
  const fault = await faultOf(shopify.data(askName))
  expect(fault.retry).toBe('later')
})

it('stops at once when the step is aborted', async () => {
  const abort = new AbortController()
  shop = await vendor(() => new Promise<Reaction>(() => undefined))
  const shopify = shopifyClient(outside({ signal: abort.signal }), connectionTo(shop.url))
  const asking = shopify.ask(askName)
  abort.abort()
  await expect(asking).rejects.toThrow('abort')
})

it('asks the shop for its own id', async () => {
  shop = await vendor(() => ({ body: { data: { shop: { id: 'gid://shopify/Shop/1' } } } }))
  expect(await shopAccount(outside(), connectionTo(shop.url))).toEqual({ account: 'gid://shopify/Shop/1' })
})

it('sends no token to another machine without encryption', () => {
  expect(() => shopifyClient(outside(), connectionTo('http://shop.example'))).toThrow('https')
  expect(() => shopifyClient(outside(), connectionTo('nordlicht.myshopify.com'))).toThrow('https')
})

it('names a connection that has no token', async () => {
  const shopify = shopifyClient(outside(), connectionTo('https://shop.example', { secrets: {} }))
  await expect(shopify.data(askName)).rejects.toThrow('`token`')
})

it('asks again within bounds, whatever the answer', () => {
  for (const answer of [
    { state: 'throttled', waitMs: 10 },
    { state: 'silent', sent: false, why: '' },
  ] as const)
    expect(againAfter(answer, 'query', 8)).toBeUndefined()
  expect(againAfter({ state: 'throttled', waitMs: 60_001 }, 'query', 1)).toBeUndefined()
})
