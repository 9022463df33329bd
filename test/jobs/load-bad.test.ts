import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { extract } from '../../jobs/extract.ts'
import { folderOf } from '../../jobs/landing.ts'
import { load } from '../../jobs/load.ts'
import { codes, day, deliver, inRooms, lines, night, orderIds, orders, room, standing } from './delivered.ts'
import { lineRecord, orderRecord } from './gate/orders.ts'

inRooms()

describe('bad input never ends in a short load', () => {
  const rejected = (name: string, bad: unknown, expected: readonly string[]): void =>
    it(`${name} is a reject, and the good records are loaded`, async () => {
      await night('orders', [orders(orderRecord(1), bad, orderRecord(3))])
      expect(await codes()).toEqual(expected)
      expect(await orderIds()).toEqual(['1', '3'])
    })
  const good = JSON.stringify(orderRecord(2))

  rejected('a malformed line', '{"id":', ['unclaimed null malformed'])
  rejected('a duplicate key', good.replace('"test":false', '"test":false,"test":true'), [
    'unclaimed null duplicate_key',
  ])
  rejected('an unclaimed line', '{"id":"gid://shopify/MediaImage/9"}', ['unclaimed null id: unclaimed'])
  rejected('a number where text was promised', good.replace('"amount":"16.80"', '"amount":16.80'), [
    'storefront.fulfillment gid://shopify/Fulfillment/23 order_id: parent_rejected',
    'storefront.order gid://shopify/Order/2 total: type',
    'storefront.refund gid://shopify/Refund/22 order_id: parent_rejected',
    'storefront.transaction gid://shopify/OrderTransaction/21 order_id: parent_rejected',
  ])
  rejected('a line of 10 MB', good.replace('someone@example.com', 'x'.repeat(10_000_000)), ['unclaimed null too_long'])
  rejected('a child without its parent', lineRecord(5), [
    'storefront.order_line gid://shopify/LineItem/53 order_id: parent_missing',
  ])

  it('invalid UTF-8 is a reject', async () => {
    const bytes = Buffer.concat([
      lines(orderRecord(1)),
      Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d, 0x0a]),
      lines(orderRecord(3)),
    ])
    await night('orders', [{ name: 'orders.jsonl', bytes }])
    expect(await codes()).toEqual(['unclaimed null ill_formed'])
    expect(await orderIds()).toEqual(['1', '3'])
  })

  it('a byte-order mark is named, not swallowed with the first record', async () => {
    await night('orders', [
      { name: 'orders.jsonl', bytes: Buffer.concat([Buffer.from('\ufeff'), lines(orderRecord(1), orderRecord(3))]) },
    ])
    expect(await codes()).toEqual(['unclaimed null byte_order_mark'])
    expect(await orderIds()).toEqual(['3'])
  })

  it('half a last line is a reject', async () => {
    await night('orders', [
      { name: 'orders.jsonl', bytes: Buffer.concat([lines(orderRecord(1)), Buffer.from(good.slice(0, 200))]) },
    ])
    expect(await codes()).toEqual(['unclaimed null malformed'])
  })

  it('an unknown column is kept in _extra and reported', async () => {
    const report = await night('orders', [orders({ ...orderRecord(1), giftNote: { text: 'for you' } })])
    expect(await standing('select _extra from raw.storefront_order')).toEqual(['{"giftNote":{"text":"for you"}}'])
    expect(report.notes).toEqual(['unknown columns kept in _extra: storefront.order.giftNote'])
  })

  it('an empty file is a closed interval when the source counted nothing', async () => {
    const report = await night('orders', [{ name: 'orders.jsonl', bytes: Buffer.alloc(0), promised: { records: 0 } }])
    expect(report.counts.in).toBe(0)
  })

  it.each([
    ['fewer bytes', { bytes: 999_999 }, /said bytes 999999, and \d+ arrived/],
    ['another checksum', { sha256: 'ab' }, /said checksum ab/],
    ['more records', { records: 3 }, /said records 3, and 2 arrived/],
  ])('a truncated download with %s than the source said stays an open interval', async (_, promised, message) => {
    await expect(night('orders', [{ ...orders(orderRecord(1), orderRecord(2)), promised }])).rejects.toThrow(message)
    expect(await standing('select count(*) from ops.loads')).toEqual([0n])
  })

  it('fewer roots than the source counted stay an open interval', async () => {
    await expect(
      night('orders', [{ ...orders(orderRecord(1), lineRecord(1)), promised: { roots: 2 } }]),
    ).rejects.toThrow('the source counted 2 records without a parent, and 1 were read')
    expect(await standing('select count(*) from ops.loads')).toEqual([0n])
  })

  it('a cut gzip is an open interval with a next step', async () => {
    const bytes = gzipSync(lines(orderRecord(1), orderRecord(2)))
    await expect(
      night('orders.gz', [{ name: 'orders.jsonl.gz', bytes: bytes.subarray(0, bytes.length - 20) }]),
    ).rejects.toMatchObject({ what: expect.stringContaining('gzip'), retry: 'later' })
  })

  it('a whole gzip is read as the text in it', async () => {
    await night('orders.gz', [
      { name: 'orders.jsonl.gz', bytes: gzipSync(lines(orderRecord(1), '{"id":', orderRecord(3))) },
    ])
    expect(await orderIds()).toEqual(['1', '3'])
    expect(await codes()).toEqual(['unclaimed null malformed'])
  })

  it('a landing that changed after it landed is refused', async () => {
    await night('orders', [orders(orderRecord(1))])
    const folder = folderOf({
      landing: room.environment.landing,
      pipeline: 'orders',
      connection: 'north',
      interval: day(1),
    })
    deliver([orders(orderRecord(2))])
    const args = { pipeline: 'orders', connection: 'north', interval: day(1), closes: true }
    await extract.run(room, { id: 'e', job: 'extract', args, after: [], writes: [], risk: 'financial' })
    const path = join(folder, 'orders.jsonl')
    const loading = () =>
      load.run(room, { id: 'l', job: 'load', args, after: [], writes: ['raw.storefront_order'], risk: 'financial' })
    const bytes = await readFile(path)
    await writeFile(path, bytes.toString().replace('16.80', '61.80'))
    await expect(loading()).rejects.toThrow('the landed file has another checksum than what was landed')
    await writeFile(path, bytes.subarray(0, 100))
    await expect(loading()).rejects.toThrow(/the landed file has 100 bytes/)
  })

  it('more rejects than the limit stop the load: the rejects are kept, raw is untouched', async () => {
    const bad = Array.from({ length: 30 }, (_, n) => ({
      ...orderRecord(n + 10),
      currencyCode: 'EURO',
      transactions: [],
      refunds: [],
      fulfillments: [],
    }))
    await expect(night('orders', [orders(orderRecord(1), ...bad)])).rejects.toThrow(
      '30 of 31 records of storefront.order were rejected',
    )
    expect(await orderIds()).toEqual([])
    expect(await codes()).toHaveLength(30)
    expect(await standing('select state from ops.loads')).toEqual(['stopped'])
  })
})
