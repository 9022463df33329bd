import { describe, expect, it } from 'vitest'
import type { SourceObject } from '../../../jobs/sources/source.ts'
import { woocommerce } from '../../../jobs/sources/woocommerce.ts'
import { faultList } from '../../../sandbox/faults.ts'
import { type WooShop, wooCustomer, wooOrder, wooProduct, wooServer } from '../../../sandbox/woocommerce.ts'
import { outside } from '../../sinks/outside.ts'
import { judgeSource, type Origin } from '../../suite/source.ts'
import { memoryLanding } from './land.ts'
import { judgeLoads, linesOf, listening, originOf } from './paged-vendor.ts'

const secrets = { key: 'ck_1', secret: 'cs_1' }
const makers = { orders: wooOrder, customers: wooCustomer, products: wooProduct } as const
type Name = keyof typeof makers
const objectOf = (name: Name): SourceObject =>
  woocommerce.objects.find(object => object.name === `woocommerce.${name}`) as SourceObject
const emptyShop = (): WooShop => ({ orders: [], customers: [], products: [] })

/** A shop in America: a time that is not said to be GMT would be later there. */
async function open(name: Name, shop = emptyShop(), ahead = -3): Promise<Origin> {
  let id = shop[name].length
  return originOf(await listening(wooServer({ shop, ...secrets, faults: faultList(), ahead })), {
    secrets,
    add: at => {
      id += 1
      shop[name].push(makers[name](1, id, at))
      return String(id)
    },
    nameOf: line => String(line.id),
  })
}

function fullShop(count: number): WooShop {
  const shop = emptyShop()
  for (const name of Object.keys(makers) as Name[])
    for (let id = 1; id <= count; id += 1)
      shop[name].push(makers[name](3, id, Date.parse('2026-06-01T00:00:00Z') + id * 60_000))
  return shop
}

judgeSource(objectOf('orders'), { open: () => open('orders'), gives: 'all since' })
judgeSource(objectOf('products'), { open: () => open('products'), gives: 'all since' })
judgeSource(objectOf('customers'), { open: () => open('customers'), gives: 'at least' })
judgeLoads(woocommerce, () => open('orders', fullShop(350)))

const all = { from: '2026-01-01T00:00:00.000000Z', to: '2026-06-30T02:00:00.000000Z' }

/** What lands where the shop changes after the n-th page. */
async function readWhile(shop: WooShop, changes: Readonly<Record<number, () => void>>): Promise<readonly string[]> {
  const origin = await open('orders', shop)
  const landing = memoryLanding()
  let pages = 0
  const ctx = outside({
    async fetch(url, init) {
      const response = await fetch(url, init)
      pages += 1
      changes[pages]?.()
      return response
    },
  })
  for await (const _ of objectOf('orders').extract(ctx, {
    connection: origin.connection,
    interval: all,
    land: landing.land,
  }))
    void _
  const found = origin.namesIn(landing.files)
  await origin.close()
  return found
}

it('loses no order where one before the page is deleted and another comes to it, so that the total stands still', async () => {
  const shop = fullShop(350)
  const kept = shop.orders.slice(10).map(({ id }) => String(id))
  const found = await readWhile(shop, {
    1: () => {
      shop.orders.splice(9, 1)
      shop.orders.push(wooOrder(3, 351, Date.parse('2026-06-29T00:00:00Z')))
    },
  })
  expect(found).toEqual(expect.arrayContaining([...kept, '351']))
})

it('asks for no field that it does not read: a float of seventeen digits stays where it is', async () => {
  const origin = await open('orders', fullShop(20))
  const landing = memoryLanding()
  for await (const _ of objectOf('orders').extract(outside(), {
    connection: origin.connection,
    interval: all,
    land: landing.land,
  }))
    void _
  const [line = {}] = linesOf(String(landing.files.get('orders.jsonl')))
  expect(line).not.toHaveProperty('line_items')
  expect(line.billing).not.toHaveProperty('email')
  await origin.close()
})

it('names the site as the account, and refuses a key that is none', async () => {
  const origin = await open('orders')
  expect(await woocommerce.check(outside(), origin.connection)).toEqual({ account: 'https://hemden.example' })
  const stranger = { ...origin.connection, secrets: { key: 'ck_2', secret: 'cs_1' } }
  await expect(woocommerce.check(outside(), stranger)).rejects.toMatchObject({
    retry: 'never',
    what: expect.stringContaining('401'),
  })
  await expect(woocommerce.check(outside(), { ...stranger, secrets: {} })).rejects.toThrow(
    'names no secret key, secret',
  )
  await origin.close()
})

describe('the simulated WordPress', () => {
  async function ask(
    path: string,
  ): Promise<{ readonly status: number; readonly body: unknown; readonly headers: Headers }> {
    const origin = await open('orders', fullShop(120), 2)
    const authorization = `Basic ${Buffer.from('ck_1:cs_1').toString('base64')}`
    const response = await fetch(`${origin.connection.endpoint}/wp-json/wc/v3/${path}`, { headers: { authorization } })
    const body = await response.json()
    await origin.close()
    return { status: response.status, headers: response.headers, body }
  }

  it('refuses more than a hundred a page, an order that it does not know and a time with a zone', async () => {
    for (const query of ['per_page=101', 'orderby=updated', 'modified_after=2026-06-30T02:00:00%2B02:00'])
      expect(await ask(`orders?${query}`)).toMatchObject({ status: 400, body: { code: 'rest_invalid_param' } })
    expect(await ask('customers?orderby=modified')).toMatchObject({ status: 400 })
  })

  it('counts, and links to the next page', async () => {
    const { headers } = await ask('orders?per_page=50&page=1')
    expect([headers.get('x-wp-total'), headers.get('x-wp-totalpages')]).toEqual(['120', '3'])
    expect(headers.get('link')).toContain('page=2')
  })

  it('reads a time as the shop’s own unless it is told that it is GMT', async () => {
    const count = async (query: string) =>
      Number((await ask(`orders?modified_after=2026-06-01T01:00:00${query}`)).headers.get('x-wp-total'))
    expect(await count('&dates_are_gmt=true')).toBe(60)
    expect(await count('')).toBe(120)
  })
})
