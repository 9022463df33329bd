import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silent } from '../../jobs/checks/silent.ts'
import { contractsOf } from '../../jobs/load-parts.ts'
import { orders, ordersAgain } from '../../jobs/sources/shopify/orders.ts'
import { filterOf, shareOf } from '../../jobs/sources/shopify/slice.ts'
import { lineRecord, orderClaims, orderRecord } from './gate/orders.ts'
import { type Nights, nightsOf } from './nights.ts'

const instant = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`
const dayMs = 24 * 60 * 60 * 1000

describe('the orders of the last eight weeks', () => {
  const rolling = ordersAgain.rolling ?? { days: 0, nights: 1 }

  it('are each read again once in any seven nights', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000 }), fc.integer({ min: 7, max: 48 }), (first, age) => {
        const placed = (Date.parse('2026-01-01T00:00:00Z') + (first - age) * dayMs) / 1000 + 3600
        const nights = Array.from({ length: 7 }, (_, n) =>
          shareOf(rolling, instant(Date.parse('2026-01-01T02:00:00Z') + (first + n) * dayMs)),
        )
        const reads = nights.filter(({ time }) => placed >= (time?.from ?? 0) && placed < (time?.to ?? 0))
        expect(reads.length).toBeGreaterThan(0)
      }),
    )
  })

  it('are found by when they were placed, and asked for as all orders are', () => {
    expect(filterOf('created', shareOf(rolling, '2026-06-30T02:00:00.000000Z'))).toBe(
      "created_at:>='2026-06-09T00:00:00Z' AND created_at:<'2026-06-17T00:00:00Z'",
    )
    expect(ordersAgain.claims).toBe(orders.claims)
    expect(ordersAgain.below).toBe(orders.below)
  })
})

describe('child edits that do not bump the parent (estuary#4338; airbyte#72849)', () => {
  let nights: Nights
  beforeEach(async () => {
    nights = await nightsOf(
      [
        { name: 'orders', claims: orderClaims },
        { name: 'reread.orders', claims: orderClaims, rereads: true },
      ],
      contractsOf(orderClaims),
    )
  })
  afterEach(() => nights.room.end())

  const query = (sql: string) => nights.room.opened.query({ sql })
  const measured = () => query(`select contract, compared, silent from ops.rereads where silent > 0 order by contract`)
  const [first, again] = ['2026-06-10T03:00:00Z', '2026-06-11T03:00:00Z']
  const discounted = (n: number, amount: string) => ({
    ...lineRecord(n),
    discountAllocations: [
      {
        allocatedAmountSet: { shopMoney: { amount } },
        discountApplication: { __typename: 'DiscountCodeApplication', index: 0, code: 'X' },
      },
    ],
  })

  it('are mended when the order is read again, and measured', async () => {
    const read = [orderRecord(1), lineRecord(1), orderRecord(2), discounted(2, '1.00')]
    await nights.night({ pipeline: 'orders', at: first, records: read })
    const edited = [orderRecord(2), discounted(2, '2.00'), orderRecord(1), { ...lineRecord(1), title: 'Another shirt' }]
    await nights.night({ pipeline: 'reread.orders', at: again, records: edited })
    expect(await query(`select title from raw.storefront_order_line where line_id like '%/13'`)).toEqual([
      { title: 'Another shirt' },
    ])
    expect(await query('select amount from raw.storefront_line_discount')).toEqual([{ amount: '2.000000000' }])
    expect(await measured()).toEqual([
      { contract: 'storefront.line_discount', compared: 2n, silent: 1n },
      { contract: 'storefront.order_line', compared: 2n, silent: 1n },
    ])
  })

  it('are found in the order itself, and where a child came or went', async () => {
    await nights.night({ pipeline: 'orders', at: first, records: [orderRecord(1), lineRecord(1), orderRecord(2)] })
    const edited = [
      { ...orderRecord(1), tags: ['b'] },
      { ...orderRecord(2), transactions: [] },
    ]
    await nights.night({ pipeline: 'reread.orders', at: again, records: edited })
    expect(await measured()).toEqual([
      { contract: 'storefront.order', compared: 2n, silent: 1n },
      { contract: 'storefront.order_line', compared: 2n, silent: 1n },
      { contract: 'storefront.transaction', compared: 2n, silent: 1n },
    ])
  })

  it('are not what says that it has changed, and not what has not changed', async () => {
    const read = [orderRecord(1), discounted(1, '1.00'), orderRecord(2)]
    await nights.night({ pipeline: 'orders', at: first, records: read })
    const changed = { ...orderRecord(2), updatedAt: '2026-05-09T00:00:00Z', tags: ['b'] }
    await nights.night({
      pipeline: 'reread.orders',
      at: again,
      records: [orderRecord(1), discounted(1, '1.00'), changed],
    })
    expect(await measured()).toEqual([])
    expect(await query(`select compared from ops.rereads where contract = 'storefront.order'`)).toEqual([
      { compared: 1n },
    ])
  })

  it('are a finding for a week, with how many of how many', async () => {
    await nights.night({ pipeline: 'orders', at: first, records: [orderRecord(1), orderRecord(2)] })
    const edited = [{ ...orderRecord(1), tags: ['b'] }, orderRecord(2)]
    await nights.night({ pipeline: 'reread.orders', at: again, records: edited })
    const scope = { connection: 'north', others: {}, timeZone: 'UTC' }
    const found = await query(silent.sql(scope, '2026-06-12T03:00:00Z'))
    expect(found).toMatchObject([
      { key: 'storefront.order', found: '1 of 2', detail: expect.stringContaining('gid://shopify/Order/1') },
    ])
    expect(await query(silent.sql(scope, '2026-06-19T03:00:00Z'))).toEqual([])
    expect(await query(silent.compared(scope, '2026-06-12T03:00:00Z'))).toEqual([{ compared: 1n }])
  })
})
