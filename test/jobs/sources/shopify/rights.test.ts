import { afterEach, beforeEach, expect, it } from 'vitest'
import { shopify } from '../../../../jobs/sources/shopify/shopify.ts'
import type { Aside, SourceObject } from '../../../../jobs/sources/source.ts'
import { connectionTo, outside } from '../../../sinks/outside.ts'
import { memoryLanding } from '../land.ts'
import { type ScriptedShop, scriptedShop } from './scripted-shop.ts'

const objectOf = (name: string): SourceObject => shopify.objects.find(object => object.name === name) as SourceObject
const now = new Date('2026-06-30T03:00:00Z')

let shop: ScriptedShop
let asides: Aside[]
beforeEach(async () => {
  shop = await scriptedShop()
  asides = []
})
afterEach(() => shop.close())

async function extract(name: string, from: string): Promise<void> {
  const request = {
    connection: connectionTo(shop.url),
    interval: { from, to: '2026-06-30T02:00:00.000000Z' },
    land: memoryLanding().land,
    setAside: (aside: Aside) => void asides.push(aside),
  }
  for await (const _ of objectOf(name).extract(outside({ now: () => now }), request));
}

it('orders of more than 60 days ago are refused without read_all_orders, and never closed as empty', async () => {
  shop.scopes = ['read_orders', 'read_customers', 'read_returns']
  await expect(extract('storefront.orders', '2026-04-30T00:00:00.000000Z')).rejects.toMatchObject({
    retry: 'never',
    what: expect.stringContaining('read_all_orders'),
    hint: expect.stringContaining('since'),
  })
  expect(shop.operations).toEqual([])
})

it('orders of the last 60 days are read without it', async () => {
  shop.scopes = ['read_orders', 'read_customers', 'read_returns']
  await extract('storefront.orders', '2026-05-02T00:00:00.000000Z')
  expect(shop.operations).toHaveLength(1)
  expect(asides).toEqual([])
})

it('a sweep of orders is refused without it: what is only out of sight would be taken for gone', async () => {
  shop.scopes = ['read_orders', 'read_customers', 'read_returns']
  await expect(extract('sweep.orders', '2026-06-29T00:00:00.000000Z')).rejects.toMatchObject({ retry: 'never' })
})

it('a missing scope drops its fields by name, and the rest is read', async () => {
  shop.scopes = ['read_orders', 'read_all_orders']
  await extract('storefront.orders', '2026-06-01T00:00:00.000000Z')
  expect(asides).toEqual([
    { kind: 'dropped', scope: 'read_customers', columns: ['storefront.order.customer_id'] },
    { kind: 'dropped', scope: 'read_returns', columns: ['storefront.return', 'storefront.return_line'] },
  ])
  expect(shop.operations[0]?.query).not.toContain('customer {')
  expect(shop.operations[0]?.query).not.toContain('returns {')
  expect(shop.operations[0]?.query).toContain('lineItems')
})
