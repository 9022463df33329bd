import { afterEach, beforeEach, expect, it } from 'vitest'
import { bulkQuery } from '../../../../jobs/sources/shopify/bulk-query.ts'
import { bulkObject } from '../../../../jobs/sources/shopify/object.ts'
import { priceLists } from '../../../../jobs/sources/shopify/trade.ts'
import type { Aside } from '../../../../jobs/sources/source.ts'
import { connectionTo, outside } from '../../../sinks/outside.ts'
import { memoryLanding } from '../land.ts'
import { type ScriptedShop, scriptedShop, wordOf } from './scripted-shop.ts'

let shop: ScriptedShop
let asides: Aside[]
beforeEach(async () => {
  shop = await scriptedShop()
  asides = []
})
afterEach(() => shop.close())

const object = bulkObject(priceLists)

async function extract(): Promise<number> {
  const request = {
    connection: connectionTo(shop.url),
    interval: { from: '2026-06-28T02:00:00.000000Z', to: '2026-06-29T02:00:00.000000Z' },
    land: memoryLanding().land,
    setAside: (aside: Aside) => void asides.push(aside),
  }
  let deliveries = 0
  for await (const _ of object.extract(outside(), request)) deliveries += 1
  return deliveries
}

const textsAsked = (): readonly string[] =>
  shop.asked
    .filter(asked => wordOf(asked) === 'priceLists')
    .map(({ body }) => (body as { readonly query: string }).query)

it('lines without an id are asked for their type', () => {
  expect(bulkQuery(priceLists, undefined).replace(/\s+/g, ' ')).toContain(
    'prices(originType: FIXED) { edges { node { __typename variant { id } price { amount currencyCode } compareAtPrice { amount } } } }',
  )
})

it('a list that takes no search text is asked for without one', async () => {
  expect(await object.lacks?.(outside(), connectionTo(shop.url))).toEqual([])
  expect(textsAsked()).toEqual(['query boomerangProbe { priceLists(first: 1) { edges { node { id } } } }'])
})

it('a list that takes no search text is not read in halves: what takes too long becomes a gap', async () => {
  shop.endingOf = () => ({ status: 'FAILED', errorCode: 'TIMEOUT' })
  expect(await extract()).toBe(0)
  expect(textsAsked()).toEqual([])
  expect(new Set(shop.operations.map(({ query }) => query.replace(/\n#.*/, ''))).size).toBe(1)
  expect(asides).toMatchObject([{ kind: 'gap', gap: { id: 'storefront.price_lists all' } }])
})
