import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Json } from '../../../../contracts/context.ts'
import { deletions } from '../../../../jobs/sources/shopify/deletions.ts'
import { pagedList } from '../../../../jobs/sources/shopify/pages.ts'
import { payouts } from '../../../../jobs/sources/shopify/payments.ts'
import type { Delivery } from '../../../../jobs/sources/source.ts'
import { connectionTo, outside, type Reaction, type Vendor, vendor } from '../../../sinks/outside.ts'
import { judgeSource } from '../../../suite/source.ts'
import { memoryLanding } from '../land.ts'

interface Listed {
  readonly id: number
  readonly at: string
}

interface Asking {
  readonly filter: string
  readonly after: string | null
  readonly first: number
}

const gid = (n: number): string => `gid://shopify/BasicEvent/${n}`

/** One page of what matches, as Shopify gives it. */
function pageOf(listed: readonly Listed[], { filter, after, first }: Asking): Reaction {
  const since = /created_at:>='([^']+)'/.exec(filter)?.[1] ?? ''
  const found = listed.filter(({ id, at }) => at >= since && id > Number(after ?? 0))
  const nodes = found.slice(0, first).map(({ id, at }) => ({
    id: gid(id),
    action: 'destroy',
    createdAt: at,
    subjectId: `gid://shopify/Order/${id}`,
    subjectType: 'ORDER',
  }))
  const endCursor = nodes.length === 0 ? null : String(found[nodes.length - 1]?.id)
  return events(nodes, { hasNextPage: found.length > first, endCursor })
}

const events = (nodes: readonly Json[], pageInfo: Json): Reaction => ({
  body: { data: { events: { edges: nodes.map(node => ({ node })), pageInfo } } },
})

const askingOf = (body: Json): Asking => (body as unknown as { readonly variables: Asking }).variables

judgeSource(pagedList(deletions), {
  gives: 'all since',
  async open() {
    const listed: Listed[] = []
    const shop = await vendor(({ body }) => pageOf(listed, askingOf(body)))
    return {
      connection: connectionTo(shop.url),
      async add(at) {
        listed.push({ id: listed.length + 1, at })
        return gid(listed.length)
      },
      namesIn: files =>
        listed.map(({ id }) => gid(id)).filter(name => [...files.values()].some(file => file.includes(`"${name}"`))),
      started: () => 0,
      close: shop.close,
    }
  },
})

let shop: Vendor
let answer: (asking: Asking, nth: number) => Reaction
beforeEach(async () => {
  let nth = 0
  shop = await vendor(({ body }) => answer(askingOf(body), ++nth))
})
afterEach(() => shop.close())

async function extract(): Promise<string> {
  const landing = memoryLanding()
  const interval = { from: '2026-06-01T00:00:00.000000Z', to: '2026-06-30T00:00:00.000000Z' }
  const request = { connection: connectionTo(shop.url), interval, land: landing.land }
  for await (const { landed, promised } of pagedList(deletions).extract(outside(), request))
    expect(promised.records).toBe(landed.lines)
  return [...landing.files.values()].map(String).join('')
}

const listed = Array.from({ length: 600 }, (_, n) => ({ id: n + 1, at: '2026-06-15T00:00:00Z' }))

it('every page is read, each record once', async () => {
  answer = asking => pageOf(listed, asking)
  const ids = [...(await extract()).matchAll(/BasicEvent\/([0-9]+)/g)].map(([, n]) => Number(n))
  expect(ids).toEqual(listed.map(({ id }) => id))
})

it('what is added while it is read is read too', async () => {
  const growing = [...listed]
  answer = (asking, nth) => {
    if (nth === 2) growing.push({ id: 601, at: '2026-06-29T00:00:00Z' })
    return pageOf(growing, asking)
  }
  expect(await extract()).toContain(gid(601))
})

it.each([
  ['comes again', 'same'],
  ['is missing where more is promised', null],
])('a cursor that %s ends in an open interval, not in an endless job', async (_, endCursor) => {
  answer = () => events([], { hasNextPage: true, endCursor })
  await expect(extract()).rejects.toMatchObject({ retry: 'later', what: expect.stringContaining('circle') })
})

/** The answer of a shop whose payments Shopify handles, or of one that has no account for them. */
const account = (node: Json | null): Reaction => ({
  body: { data: { shopifyPaymentsAccount: node } },
})

async function deliveries(): Promise<readonly Delivery[]> {
  const interval = { from: '2026-06-01T00:00:00.000000Z', to: '2026-06-30T00:00:00.000000Z' }
  const request = { connection: connectionTo(shop.url), interval, land: memoryLanding().land }
  const found: Delivery[] = []
  for await (const delivery of pagedList(payouts).extract(outside(), request)) found.push(delivery)
  return found
}

it('a list in an object is read like any other', async () => {
  answer = ({ after }) =>
    account({
      payouts: {
        edges: [{ node: { id: after === null ? 'one' : 'two' } }],
        pageInfo: { hasNextPage: after === null, endCursor: 'on' },
      },
    })
  expect((await deliveries()).map(({ promised }) => promised.records)).toEqual([2])
})

it('a shop without the object delivers nothing, and it is said what it lacks', async () => {
  answer = () => account(null)
  expect(await deliveries()).toEqual([])
  expect(await pagedList(payouts).lacks?.(outside(), connectionTo(shop.url))).toEqual([
    'the shop has no shopifyPaymentsAccount: there is nothing to read',
  ])
})

it('an object that is gone before the last page ends in an open interval, not in half a list', async () => {
  answer = ({ after }) =>
    account(
      after === null
        ? { payouts: { edges: [{ node: { id: 'one' } }], pageInfo: { hasNextPage: true, endCursor: 'on' } } }
        : null,
    )
  await expect(deliveries()).rejects.toMatchObject({ retry: 'later' })
})

it('an object that is denied is not taken for one that is not there', async () => {
  answer = () => ({
    body: {
      data: { shopifyPaymentsAccount: null },
      errors: [{ message: 'Access denied for shopifyPaymentsAccount field.', extensions: { code: 'ACCESS_DENIED' } }],
    },
  })
  await expect(deliveries()).rejects.toMatchObject({ retry: 'never' })
})

it('payouts are asked for since thirty days before the interval: their status changes without an instant', async () => {
  const filters: string[] = []
  answer = ({ filter }) => {
    filters.push(filter)
    return account(null)
  }
  await deliveries()
  expect(filters).toEqual(["issued_at:>='2026-05-02T00:00:00Z'"])
})

it('deletions are asked for by kind of subject, since a quoted instant', async () => {
  answer = asking => {
    expect(asking.filter).toBe(
      "action:destroy AND (subject_type:ORDER OR subject_type:CUSTOMER OR subject_type:PRODUCT OR subject_type:PRODUCT_VARIANT OR subject_type:COLLECTION OR subject_type:DRAFT_ORDER OR subject_type:DISCOUNT_NODE) AND created_at:>='2026-06-01T00:00:00Z'",
    )
    return events([], { hasNextPage: false, endCursor: null })
  }
  expect(await extract()).toBe('')
})
