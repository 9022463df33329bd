import { afterEach, beforeEach, expect, it } from 'vitest'
import { shopify } from '../../../../jobs/sources/shopify/shopify.ts'
import type { SourceObject } from '../../../../jobs/sources/source.ts'
import { connectionTo, type Outside, outside } from '../../../sinks/outside.ts'
import { type MemoryLanding, memoryLanding } from '../land.ts'
import { download, type ScriptedShop, scriptedShop, wordOf } from './scripted-shop.ts'

const lines = Array.from({ length: 3_000 }, (_, n) => `{"id":"gid:\\/\\/shopify\\/Order\\/${n + 1}","name":"#${n}"}`)
const [orders] = shopify.objects as readonly [SourceObject]
const interval = { from: '2026-06-29T02:00:00.000000Z', to: '2026-06-30T02:00:00.000000Z' }

let shop: ScriptedShop
let ctx: Outside
let landing: MemoryLanding
beforeEach(async () => {
  shop = await scriptedShop(lines)
  ctx = outside()
  landing = memoryLanding()
})
afterEach(() => shop.close())

async function extract(): Promise<void> {
  const request = { connection: connectionTo(shop.url), interval, land: landing.land }
  for await (const { landed } of orders.extract(ctx, request)) expect(landed.bytes).toBe(shop.file.length)
}

it('goes on where a download was cut, byte for byte', async () => {
  shop.bend = (asked, nth) =>
    wordOf(asked) === 'download' && nth <= 3 ? { ...download(shop, asked), cutAfter: 20_000 } : undefined
  await extract()
  expect(landing.files.get('orders.jsonl')).toEqual(shop.file)
  const ranges = shop.asked.filter(asked => wordOf(asked) === 'download').map(asked => asked.headers.range)
  expect(ranges).toEqual([undefined, 'bytes=20000-', 'bytes=40000-', 'bytes=60000-'])
})

it('goes on where a server ignores the range and gives the whole file again', async () => {
  shop.bend = (asked, nth) => {
    if (wordOf(asked) !== 'download') return undefined
    return nth === 1 ? { body: shop.file, cutAfter: 20_000 } : { body: shop.file }
  }
  await extract()
  expect(landing.files.get('orders.jsonl')).toEqual(shop.file)
})

it('asks for a fresh address where the link has expired', async () => {
  shop.bend = (asked, nth) => (wordOf(asked) === 'download' && nth === 1 ? { status: 403 } : undefined)
  await extract()
  expect(landing.files.get('orders.jsonl')).toEqual(shop.file)
  expect(shop.callsOf('bulkOperation')).toBe(4)
})

it('starts anew with the next attempt where no address is honoured', async () => {
  shop.bend = asked => (wordOf(asked) === 'download' ? { status: 403 } : undefined)
  await expect(extract()).rejects.toMatchObject({ retry: 'later' })
  expect(shop.callsOf('download')).toBe(3)
  shop.bend = () => undefined
  await extract()
  expect(shop.operations).toHaveLength(2)
})

it('gives a download up that stays cut', async () => {
  shop.bend = asked => (wordOf(asked) === 'download' ? { ...download(shop, asked), cutAfter: 1 } : undefined)
  await expect(extract()).rejects.toThrow(`13 of ${shop.file.length} bytes`)
  expect(landing.files.size).toBe(0)
})

it('refuses a file that is another when its download goes on', async () => {
  shop.bend = (asked, nth) => {
    if (wordOf(asked) !== 'download') return undefined
    const reaction = download(shop, asked)
    return nth === 1
      ? { ...reaction, cutAfter: 20_000 }
      : { ...reaction, headers: { ...reaction.headers, etag: '"two"' } }
  }
  await expect(extract()).rejects.toMatchObject({ retry: 'now' })
  expect(landing.files.size).toBe(0)
})

it('refuses more bytes than were promised', async () => {
  shop.bend = asked =>
    wordOf(asked) === 'download' ? { body: Buffer.concat([shop.file, Buffer.from('{}\n')]) } : undefined
  await expect(extract()).rejects.toThrow('more bytes')
})

it('takes a file that ends too early for a cut, and never for the whole', async () => {
  shop.bend = asked =>
    wordOf(asked) === 'download' && asked.headers.range === undefined
      ? { body: shop.file.subarray(0, 20_000) }
      : undefined
  await extract()
  expect(landing.files.get('orders.jsonl')).toEqual(shop.file)
})
