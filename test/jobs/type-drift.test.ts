import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Column, type Columns, decimal, id, integer, money, nullable, text, utc } from '../../contracts/columns.ts'
import { type Contract, contract } from '../../contracts/contract.ts'
import type { Report } from '../../jobs/job.ts'
import { contractsOf } from '../../jobs/load-parts.ts'
import { listRejects } from '../../jobs/rejects.ts'
import { faultOf } from '../suite/warehouse.ts'
import { lineRecord, orderClaims, orderRecord } from './gate/orders.ts'
import { type Nights, nightsOf } from './nights.ts'

let nights: Nights
afterEach(() => nights.room.end())

const [first, second, third] = ['2026-06-10T03:00:00Z', '2026-06-11T03:00:00Z', '2026-06-12T03:00:00Z']
const values = async (sql: string): Promise<readonly unknown[]> =>
  (await nights.room.opened.query({ sql })).map(row => Object.values(row)[0])

/** Every column of raw with its type. */
const columnTypes = (): Promise<readonly unknown[]> =>
  values(`select concat_ws(' ', table_name, column_name, data_type) from information_schema.columns
    where table_schema = 'raw' order by all`)
const ordersSql = `select concat_ws(' ', name, email, test, tags, total, currency, ordered_at) from raw.storefront_order order by legacy_id::int`

const night = (at: string, ...records: readonly object[]): Promise<Report> =>
  nights.night({ pipeline: 'orders', at, records })
/** An order as it is after a change. */
const changed = (n: number, more: object): object => ({
  ...orderRecord(n),
  updatedAt: '2026-06-10T12:00:00Z',
  ...more,
})
const total = (amount: unknown): object => ({ totalPriceSet: { shopMoney: { amount } } })
const codes = async (): Promise<readonly string[]> =>
  (await listRejects(nights.room.opened, { limit: 100 }))
    .filter(({ codes: found }) => !String(found).includes('parent_rejected'))
    .map(({ key, codes: found }) => `${key} ${found}`)
    .sort()

describe('a column whose JSON type changes over night (airbyte#77627; dlt#1011)', () => {
  /** One order for each change of a type, and what is said of it. */
  const drifts: readonly (readonly [object, string])[] = [
    [total(16.8), 'total: type'],
    [total('16.80001'), 'total: form'],
    [total('1234567890123456789.00'), 'total: form'],
    [total('1.68e1'), 'total: form'],
    [{ name: 1001 }, 'name: type'],
    [{ test: 'no' }, 'test: form'],
    [{ test: 0 }, 'test: type'],
    [{ tags: 'a, b' }, 'tags: type'],
    [{ email: { address: 'someone@example.com' } }, 'email: type'],
    [{ processedAt: 1781000000 }, 'ordered_at: type'],
    [{ currencyCode: null }, 'currency: missing'],
  ]
  const all = drifts.length + 1

  beforeEach(async () => {
    nights = await nightsOf([{ name: 'orders', claims: orderClaims }], contractsOf(orderClaims))
    const read = Array.from({ length: all }, (_, n) => [orderRecord(n + 1), lineRecord(n + 1)])
    await night(first, ...read.flat())
  })

  it('is a reject that names it: what stood before still stands, as it was, and every other record is loaded', async () => {
    const [before, types] = [await values(ordersSql), await columnTypes()]
    await night(second, ...drifts.map(([more], n) => changed(n + 1, more)), changed(all, { name: '#changed' }))
    expect(await codes()).toEqual(drifts.map(([, code], n) => `gid://shopify/Order/${n + 1} ${code}`).sort())
    const after = [...before.slice(0, -1), String(before.at(-1)).replace(`#${all}`, '#changed')]
    expect(await values(ordersSql)).toEqual(after)
    expect(await columnTypes()).toEqual(types)
    await night(third, ...drifts.map((_, n) => changed(n + 1, { updatedAt: '2026-06-11T12:00:00Z' })))
    expect(await codes()).toEqual([])
    expect(await values(ordersSql)).toEqual(after)
  })

  it('is never rounded to a whole number', async () => {
    const types = await columnTypes()
    const quantities = [2.5, '2.5', 123456789012345, '1234567890123456', '3']
    const lines = quantities.map((quantity, n) => ({ ...lineRecord(n + 1), quantity }))
    await night(second, ...quantities.map((_, n) => changed(n + 1, {})), ...lines)
    const read = quantities.map((_, n) => `'gid://shopify/LineItem/${n + 1}3'`).join(', ')
    expect(
      await values(`select quantity from raw.storefront_order_line where line_id in (${read}) order by quantity`),
    ).toEqual([3n, 123456789012345n])
    expect(await codes()).toEqual([1, 2, 4].map(n => `gid://shopify/LineItem/${n}3 quantity: form`))
    expect(await columnTypes()).toEqual(types)
  })

  it('to null is null where that is allowed, and not what stood before', async () => {
    await night(second, changed(1, { email: null }))
    expect(await values(`select email from raw.storefront_order where legacy_id in ('1', '2') order by 1`)).toEqual([
      'someone@example.com',
      null,
    ])
  })

  it('or that is new, in a record or inside one of its objects, is kept beside it and reported, and no record is lost', async () => {
    const types = await columnTypes()
    const price = { shopMoney: { amount: '16.80' }, presentmentMoney: { amount: '19.5' } }
    const more = { customer: null, totalPriceSet: price, loyalty: { points: 12 } }
    const report = await night(second, ...Array.from({ length: 300 }, (_, n) => changed(n + 1, more)))
    expect(report.counts).toMatchObject({ in: 300, rejected: 0 })
    expect(report.notes).toEqual([
      'unknown columns kept in _extra: storefront.order.loyalty, storefront.order.totalPriceSet',
    ])
    expect(await values(`select count(*) from raw.storefront_order where _extra->>'$.loyalty.points' = '12'`)).toEqual([
      300n,
    ])
    const kept = `select distinct _extra->>'$.totalPriceSet.presentmentMoney.amount' from raw.storefront_order`
    expect(await values(kept)).toEqual(['19.5'])
    expect(await columnTypes()).toEqual(types)
  })
})

describe('a contract whose own columns change', () => {
  let contracts: Contract[]
  const thing = (version: number, more: Columns): Contract =>
    contract('storefront.thing', {
      version,
      key: ['thing_id'],
      changed: 'updated_at',
      risk: 'financial',
      authority: 'storefront',
      rejectLimit: { share: 0.01, atLeast: 20 },
      row: { thing_id: id('Thing'), updated_at: utc(), ...more },
      rules: [],
    })
  const record = (n: number, more: object): object => ({ id: `gid://shopify/Thing/${n}`, updatedAt: first, ...more })
  const fields = { thing_id: 'id', updated_at: 'updatedAt', amount: 'amount' }

  /** A first night under one promise, and a second under the other. */
  async function twoNights(before: Contract, after: Contract, records: readonly (readonly object[])[]): Promise<void> {
    contracts = [before]
    const claims = (of: Contract) => [
      { contract: of, kind: 'Thing', fields: { ...fields, ...('note' in of.row ? { note: 'note' } : {}) } },
    ]
    nights = await nightsOf(
      [
        { name: 'before', claims: claims(before) },
        { name: 'after', claims: claims(after) },
      ],
      contracts,
    )
    await nights.night({ pipeline: 'before', at: first, records: records[0] ?? [] })
    contracts.splice(0, 1, after)
    await nights.night({ pipeline: 'after', at: second, records: records[1] ?? [] })
  }

  it('gains one, and loses nothing that stands', async () => {
    const after = thing(2, { amount: money(), note: nullable(text()) })
    await twoNights(thing(1, { amount: money() }), after, [
      [record(1, { amount: '1.25' })],
      [record(2, { amount: '2.75', note: 'new' })],
    ])
    expect(await nights.room.opened.query({ sql: 'select amount, note from raw.storefront_thing order by 1' })).toEqual(
      [
        { amount: '1.250000000', note: null },
        { amount: '2.750000000', note: 'new' },
      ],
    )
  })

  it.each<[string, Column, Column, unknown, unknown]>([
    ['a decimal for a whole number', integer(), decimal(3), 2, '2.6'],
    ['text for a decimal', money(), text(), '2.5', '2.50'],
    ['a whole number for text', text(), integer(), 'two', 2],
  ])(
    'promises %s: the load is refused by name, and nothing is cast or rounded (sling#636)',
    async (_, was, is, old, amount) => {
      const fault = await faultOf(
        twoNights(thing(1, { amount: was }), thing(2, { amount: is }), [
          [record(1, { amount: old })],
          [record(2, { amount })],
        ]),
      )
      expect(fault).toMatchObject({ retry: 'never', what: expect.stringMatching(/^amount stands as .*promises/) })
      expect(await values('select count(*) from raw.storefront_thing')).toEqual([1n])
      expect(await values(`select count(*) from ops.loads where pipeline = 'after'`)).toEqual([0n])
    },
  )
})
