import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { payment } from '../../contracts/erp/payment.ts'
import { extract } from '../../jobs/extract.ts'
import type { Report, Step } from '../../jobs/job.ts'
import { folderOf } from '../../jobs/landing.ts'
import { load } from '../../jobs/load.ts'
import { contractsOf } from '../../jobs/load-parts.ts'
import { listRejects } from '../../jobs/rejects.ts'
import { dialect } from '../../jobs/sources/dialect.ts'
import type { Claim, Promised, Source, SourceObject } from '../../jobs/sources/source.ts'
import { rawRelation } from '../../models/warehouse/raw.ts'
import { lineRecord, orderClaims, orderRecord } from './gate/orders.ts'
import { connection, type TestRoom, testRoom } from './room.ts'

interface Delivered {
  readonly name: string
  readonly bytes: Uint8Array
  readonly promised?: Promised
}

let delivered: readonly Delivered[] = []

const object = (
  name: string,
  { claims, ...written }: Pick<SourceObject, 'format' | 'dialect' | 'claims'>,
): SourceObject => ({
  name,
  ...written,
  claims,
  overlapMs: 0,
  changeSignal: 'none',
  async *extract(_, { land }) {
    for (const file of delivered) {
      const landed = await land(
        file.name,
        (async function* () {
          yield file.bytes
        })(),
      )
      yield { landed, promised: file.promised ?? {} }
    }
  },
})

const payments: Claim = {
  contract: payment,
  fields: {
    payment_id: 'payment_id',
    order_id: 'order_id',
    invoice_id: 'invoice_id',
    paid_at: 'paid_at',
    method: 'method',
    currency: 'currency',
    amount: 'amount',
    fee: 'fee',
  },
}
const source: Source = {
  name: 'shopify',
  objects: [
    object('orders', { format: 'ndjson', claims: orderClaims }),
    object('orders.gz', { format: 'ndjson', claims: orderClaims, dialect: dialect({ compression: 'gzip' }) }),
    object('payments', { format: 'csv', claims: [payments] }),
    object('payments.gz', { format: 'csv', claims: [payments], dialect: dialect({ compression: 'gzip' }) }),
    object('payments.parquet', { format: 'parquet', claims: [payments] }),
  ],
  check: async () => ({ account: 'north' }),
}

let room: TestRoom
beforeEach(async () => {
  room = await testRoom({ catalogue: { sources: [source] }, connections: [connection('north')] })
})
afterEach(() => room.end())

const day = (n: number): { from: string; to: string } => ({
  from: `2026-06-${10 + n}T02:00:00.000000Z`,
  to: `2026-06-${11 + n}T02:00:00.000000Z`,
})

async function night(pipeline: string, files: readonly Delivered[], n = 0): Promise<Report> {
  delivered = files
  const args = { pipeline, connection: 'north', interval: day(n), closes: true }
  const step = (job: string, writes: readonly string[]): Step => ({
    id: job,
    job,
    args,
    after: [],
    writes,
    risk: 'financial',
  })
  await extract.run(room, step('extract', []))
  const writes = pipeline.startsWith('orders') ? contractsOf(orderClaims).map(rawRelation) : ['raw.erp_payment']
  return load.run(room, step('load', writes))
}

/** Loads a landing that stands once more, without asking the source. */
function again(pipeline: string, n: number): Promise<Report> {
  const args = { pipeline, connection: 'north', interval: day(n), closes: false, again: 'replay-1' }
  room.token += 1
  return load.run(room, {
    id: 'load',
    job: 'load',
    args,
    after: [],
    writes: contractsOf(orderClaims).map(rawRelation),
    risk: 'financial',
  })
}

const lines = (...records: readonly unknown[]): Uint8Array =>
  Buffer.from(records.map(record => `${typeof record === 'string' ? record : JSON.stringify(record)}\n`).join(''))
const orders = (...records: readonly unknown[]): Delivered => ({ name: 'orders.jsonl', bytes: lines(...records) })
const header = 'payment_id,order_id,invoice_id,paid_at,method,currency,amount,fee'
const row = (n: number, amount = '12.50'): string => `P-${n},${n},I-${n},2026-06-10T10:00:00Z,card,EUR,${amount},0.30`
const discount = {
  allocatedAmountSet: { shopMoney: { amount: '1.00' } },
  discountApplication: { __typename: 'DiscountCodeApplication', index: 0, code: 'WELCOME10' },
}
const csv = (...rows: readonly string[]): Delivered => ({
  name: 'payments.csv',
  bytes: Buffer.from(rows.map(text => `${text}\n`).join('')),
})

const standing = async (sql: string): Promise<readonly unknown[]> =>
  (await room.opened.query({ sql })).map(row => Object.values(row)[0])
const orderIds = (): Promise<readonly unknown[]> =>
  standing(`select legacy_id from raw.storefront_order order by legacy_id`)
const codes = async (): Promise<readonly string[]> =>
  (await listRejects(room.opened, { limit: 100 }))
    .map(reject => `${reject.contract} ${reject.key} ${reject.codes}`)
    .sort()

describe('a good landing', () => {
  it('is loaded with its children, counted, and a second load of it changes nothing', async () => {
    const report = await night('orders', [orders(orderRecord(1), lineRecord(1), orderRecord(2), lineRecord(2))])
    expect(report.counts).toEqual({ in: 4, loaded: 10, rejected: 0, unclaimed: 0 })
    const before = await room.opened.query({ sql: 'select * from raw.storefront_order order by all' })
    const again = await night('orders', [orders(orderRecord(1), lineRecord(1), orderRecord(2), lineRecord(2))])
    expect(again.counts).toEqual(report.counts)
    expect(await room.opened.query({ sql: 'select * from raw.storefront_order order by all' })).toEqual(before)
  })

  it('keeps every amount to the last digit (sling#636; airbyte#48745)', async () => {
    await night('orders', [
      orders({ ...orderRecord(1), totalPriceSet: { shopMoney: { amount: '123456789012345678.0125' } } }),
    ])
    expect(await standing('select total from raw.storefront_order')).toEqual(['123456789012345678.012500000'])
  })

  it('lets the newest version win, in whichever order the versions come', async () => {
    const older = { ...orderRecord(1), updatedAt: '2026-05-01T01:00:00Z', totalTaxSet: { shopMoney: { amount: '1' } } }
    const newer = { ...orderRecord(1), updatedAt: '2026-05-02T01:00:00Z', totalTaxSet: { shopMoney: { amount: '2' } } }
    await night('orders', [orders(newer, older)], 0)
    expect(await standing('select total_tax from raw.storefront_order')).toEqual(['2.000000000'])
    await night('orders', [orders(older)], 1)
    expect(await standing('select total_tax from raw.storefront_order')).toEqual(['2.000000000'])
  })

  it('keeps a reject for each bad record of one line, and says in which file', async () => {
    const [good] = orderRecord(1).transactions as readonly object[]
    const bad = [81, 82].map(id => ({ ...good, id: `gid://shopify/OrderTransaction/${id}`, kind: 'GIFT' }))
    const report = await night('orders', [orders({ ...orderRecord(1), transactions: bad })])
    expect(report.counts).toMatchObject({ rejected: 2 })
    expect(await codes()).toEqual([
      'storefront.transaction gid://shopify/OrderTransaction/81 kind: form',
      'storefront.transaction gid://shopify/OrderTransaction/82 kind: form',
    ])
    expect(await standing('select distinct file from ops.rejects')).toEqual(['orders.jsonl'])
  })

  it('knows a child that waits for its parent again, wherever it stands in the next file', async () => {
    await night('orders', [orders(orderRecord(2), lineRecord(1))], 0)
    await night('orders', [orders(orderRecord(3), orderRecord(2), lineRecord(1))], 1)
    expect(await standing('select state from ops.rejects')).toEqual(['open'])
  })

  it('stops where more lines are of no contract than the limit allows', async () => {
    const strays = Array.from({ length: 40 }, (_, n) => ({ id: `gid://shopify/MediaImage/${n + 1}` }))
    await expect(night('orders', [orders(orderRecord(1), ...strays)])).rejects.toMatchObject({
      what: '40 of 41 records are of no contract, and the limit is 1 %; the load was stopped',
      where: 'unclaimed',
    })
    expect(await orderIds()).toEqual([])
  })

  it('of nothing at all closes its interval, and says that nothing came', async () => {
    const report = await night('orders', [])
    expect(report.counts).toEqual({ in: 0, loaded: 0, rejected: 0, unclaimed: 0 })
    expect(await standing('select state from ops.loads')).toEqual(['applied'])
    expect(await orderIds()).toEqual([])
  })

  it('takes of two versions in one landing only the children of the newer', async () => {
    const paid = (id: number) => [
      { ...(orderRecord(1).transactions as readonly object[])[0], id: `gid://shopify/OrderTransaction/${id}` },
    ]
    const older = { ...orderRecord(1), updatedAt: '2026-05-01T01:00:00Z', transactions: paid(71) }
    const newer = { ...orderRecord(1), updatedAt: '2026-05-02T01:00:00Z', transactions: paid(72) }
    await night('orders', [orders(newer, older)])
    expect(await standing('select transaction_id from raw.storefront_transaction')).toEqual([
      'gid://shopify/OrderTransaction/72',
    ])
  })

  it('replaces children as a set, so that a removed line does not stay', async () => {
    const second = { ...lineRecord(1), id: 'gid://shopify/LineItem/77' }
    await night('orders', [orders(orderRecord(1), lineRecord(1), second)], 0)
    await night(
      'orders',
      [orders({ ...orderRecord(1), updatedAt: '2026-05-09T00:00:00Z', transactions: [] }, lineRecord(1))],
      1,
    )
    expect(await standing('select line_id from raw.storefront_order_line')).toEqual(['gid://shopify/LineItem/13'])
    expect(await standing('select count(*) from raw.storefront_transaction')).toEqual([0n])
  })

  it('replaces the children of children with them, however deep', async () => {
    const goods = (n: number) => ({
      id: 'gid://shopify/Return/5',
      __parentId: 'gid://shopify/Order/1',
      name: '#1-R1',
      status: 'OPEN',
      createdAt: '2026-05-03T00:00:00Z',
      closedAt: null,
      totalQuantity: n,
    })
    const returned = (n: number) => ({
      id: `gid://shopify/ReturnLineItem/${n}`,
      __parentId: 'gid://shopify/Return/5',
      fulfillmentLineItem: { lineItem: { id: 'gid://shopify/LineItem/13' } },
      quantity: 1,
      refundedQuantity: 0,
      returnReasonDefinition: null,
    })
    const discounted = { ...lineRecord(1), discountAllocations: [discount] }
    await night('orders', [orders(orderRecord(1), discounted, returned(1), returned(2), goods(2))], 0)
    const lines = (): Promise<readonly unknown[]> =>
      standing('select return_line_id from raw.storefront_return_line order by all')
    expect(await lines()).toEqual(['gid://shopify/ReturnLineItem/1', 'gid://shopify/ReturnLineItem/2'])
    expect(await standing('select code from raw.storefront_line_discount')).toEqual(['WELCOME10'])
    const changed = { ...orderRecord(1), updatedAt: '2026-05-09T00:00:00Z' }
    await night('orders', [orders(changed, lineRecord(1), goods(1), returned(2))], 1)
    expect(await lines()).toEqual(['gid://shopify/ReturnLineItem/2'])
    expect(await standing('select count(*) from raw.storefront_line_discount')).toEqual([0n])
    await night('orders', [orders({ ...changed, updatedAt: '2026-05-10T00:00:00Z' }, lineRecord(1))], 2)
    expect(await lines()).toEqual([])
  })

  it('keeps what hangs on a rejected record waiting, however deep', async () => {
    const discounted = { ...lineRecord(1), discountAllocations: [discount] }
    await night('orders', [orders({ ...orderRecord(1), currencyCode: 'EURO' }, discounted)])
    expect(await codes()).toContain('storefront.line_discount gid://shopify/LineItem/13|0 line_id: parent_rejected')
    expect(await standing('select count(*) from raw.storefront_line_discount')).toEqual([0n])
  })

  it('loaded again writes what was lost, and never an older version over a newer', async () => {
    await night('orders', [orders(orderRecord(1), orderRecord(2), lineRecord(1))], 0)
    await night('orders', [orders({ ...orderRecord(2), updatedAt: '2026-05-02T00:00:00Z', name: '#newer' })], 1)
    await room.opened.local.run(`delete from raw.storefront_order where legacy_id = '1'`)
    await room.opened.local.run(`update raw.storefront_order_line set title = null`)
    expect(await again('orders', 0)).toMatchObject({ counts: { in: 3, loaded: 9 } })
    expect(await standing(`select name from raw.storefront_order order by legacy_id`)).toEqual(['#1', '#newer'])
    expect(await standing(`select title from raw.storefront_order_line`)).toEqual(['A shirt'])
  })

  it('resolves a reject when its record comes back good', async () => {
    await night('orders', [orders({ ...orderRecord(1), currencyCode: 'EURO' })], 0)
    expect(await codes()).toHaveLength(4)
    await night('orders', [orders({ ...orderRecord(1), updatedAt: '2026-05-09T00:00:00Z' })], 1)
    expect(await codes()).toEqual([])
    expect(await standing(`select distinct state from ops.rejects`)).toEqual(['resolved'])
  })
})

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
    delivered = [orders(orderRecord(2))]
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

describe('a CSV file', () => {
  it('is read by the names in its header, in whichever order they stand', async () => {
    const report = await night('payments', [
      csv(
        'amount,fee,payment_id,order_id,invoice_id,paid_at,method,currency',
        '12.50,0.30,P-1,1,I-1,2026-06-10T10:00:00Z,card,EUR',
      ),
    ])
    expect(report.counts).toEqual({ in: 1, loaded: 1, rejected: 0, unclaimed: 0 })
    expect(await standing('select amount from raw.erp_payment')).toEqual(['12.500000000'])
  })

  it('that lacks a column is refused whole', async () => {
    await expect(
      night('payments', [csv('payment_id,order_id,paid_at,method,currency,amount,fee', 'P-1,1,x,card,EUR,1,1')]),
    ).rejects.toThrow('the header lacks invoice_id')
  })

  it('with an unknown column keeps it in _extra and reports it', async () => {
    const report = await night('payments', [csv(`${header},terminal`, `${row(1)},T9`)])
    expect(await standing('select _extra from raw.erp_payment')).toEqual(['{"terminal":"T9"}'])
    expect(report.notes).toEqual(['unknown columns kept in _extra: erp.payment.terminal'])
  })

  it('with an open quote loses no record in silence', async () => {
    const file = csv(header, row(1), 'P-2,2,"I-2,2026-06-10T10:00:00Z,card,EUR,1.00,0.10', row(3))
    const outcome = await night('payments', [{ ...file, promised: { records: 3 } }]).then(
      report => report.counts,
      (fault: Error) => fault.message,
    )
    if (typeof outcome === 'string') expect(outcome).toContain('the source counted 3 records')
    else expect(outcome.in).toBe(3)
  })

  it('with a short line keeps the line as a reject', async () => {
    const report = await night('payments', [{ ...csv(header, row(1), 'P-2,2', row(3)), promised: { records: 3 } }])
    expect(report.counts).toMatchObject({ in: 3, loaded: 2, rejected: 1 })
    expect(await codes()).toEqual(['erp.payment null malformed'])
  })

  it('in which most lines are no rows stops the load', async () => {
    const rows = Array.from({ length: 40 }, (_, n) => (n < 3 ? row(n + 1) : `P-${n},${n}`))
    await expect(night('payments', [csv(header, ...rows)])).rejects.toMatchObject({
      what: '37 of 40 records of erp.payment were rejected, and the limit is 1 %; the load was stopped',
      kind: 'guard',
    })
  })

  it('with a bad amount rejects the record by name', async () => {
    await night('payments', [csv(header, row(1), row(2, '"1.234,56"'))])
    expect(await codes()).toEqual(['erp.payment P-2 amount: form'])
  })

  it('that is gzipped is read as the text in it', async () => {
    const bytes = gzipSync(csv(header, row(1), row(2)).bytes)
    const report = await night('payments.gz', [{ name: 'payments.csv.gz', bytes, promised: { records: 2 } }])
    expect(report.counts.loaded).toBe(2)
  })

  it('that is empty is an open interval', async () => {
    await expect(night('payments', [{ name: 'payments.csv', bytes: Buffer.alloc(0) }])).rejects.toThrow(
      'not even a header',
    )
  })

  it('with a byte-order mark and carriage returns is read', async () => {
    const bytes = Buffer.from(`\ufeff${header}\r\n${row(1)}\r\n`)
    const report = await night('payments', [{ name: 'payments.csv', bytes }])
    expect(report.counts.loaded).toBe(1)
  })

  it('with invalid UTF-8 keeps the line as a reject or the interval open', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${header}\n${row(1)}\nP-2,2,I-`),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(',2026-06-10T10:00:00Z,card,EUR,1,1\n'),
    ])
    const outcome = await night('payments', [{ name: 'payments.csv', bytes, promised: { records: 2 } }]).then(
      report => report.counts,
      (fault: Error) => fault,
    )
    if (outcome instanceof Error) expect(outcome.message).toMatch(/UTF-?8|unicode/i)
    else expect(outcome).toMatchObject({ loaded: 1, rejected: 1 })
  })

  it('whose manifest counted other records is an open interval', async () => {
    await expect(night('payments', [{ ...csv(header, row(1)), promised: { records: 2 } }])).rejects.toThrow(
      'the source counted 2 records, and 1 were read',
    )
  })
})

describe('a Parquet file', () => {
  const parquet = async (select: string): Promise<Delivered> => {
    const path = join(room.folder, 'made.parquet')
    await mkdir(room.folder, { recursive: true })
    await room.opened.local.run(`copy (${select}) to '${path}' (format parquet)`)
    return { name: 'payments.parquet', bytes: await readFile(path) }
  }
  const columns = (amount: string): string =>
    `select 'P-1' as payment_id, '1' as order_id, null::varchar as invoice_id, timestamptz '2026-06-10 10:00:00.123456+00' as paid_at, 'card' as method, 'EUR' as currency, ${amount} as amount, 0.3::decimal(10,2) as fee`

  it('of matching types is loaded without loss', async () => {
    await night('payments.parquet', [await parquet(columns('123456789012345.67::decimal(18,2)'))])
    expect(await room.opened.query({ sql: 'select amount, paid_at from raw.erp_payment' })).toEqual([
      { amount: '123456789012345.670000000', paid_at: '2026-06-10T10:00:00.123456Z' },
    ])
  })

  it('of other types is refused by column and type', async () => {
    await expect(night('payments.parquet', [await parquet(columns('12.5::double'))])).rejects.toThrow(
      'amount is DOUBLE',
    )
  })
})
