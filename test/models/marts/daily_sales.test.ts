import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { refund } from '../../../contracts/storefront/refund.ts'
import { addOrder, type Fixture, fixture } from '../fixture.ts'

let on: Fixture
beforeAll(async () => {
  on = await fixture()
})
afterEach(() => on.clear())
afterAll(() => on.close())

const days = async (): Promise<readonly unknown[]> =>
  (await on.build('marts.daily_sales')).map(row => [
    row.connection,
    row.day,
    row.orders,
    row.gross,
    row.refunds,
    row.net,
  ])

async function refunded(digits: number, at: string, amount: string): Promise<void> {
  await on.add(refund, 'north', {
    refund_id: `R${digits}${at}`,
    order_id: `gid://shopify/Order/${digits}`,
    created_at: at,
    amount,
  })
}

/** Orders by day. */
const counted = async (): Promise<Readonly<Record<string, number>>> =>
  Object.fromEntries((await on.build('marts.daily_sales')).map(row => [String(row.day), Number(row.orders)]))

function expected(all: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(all.map(day => [day, all.filter(other => other === day).length]))
}

describe('marts.daily_sales', () => {
  test('has one row a shop and day, with orders, units and money', async () => {
    await addOrder(on, ['north', 1], { at: '2026-06-10T08:00:00Z', total: '10.10', units: 3 })
    await addOrder(on, ['north', 2], { at: '2026-06-10T09:00:00Z', total: '0.20', units: 1 })
    await refunded(1, '2026-06-10T20:00:00Z', '4.05')
    expect(await on.build('marts.daily_sales')).toEqual([
      {
        connection: 'north',
        day: '2026-06-10',
        currency: 'EUR',
        orders: 2n,
        units: 4n,
        gross: '10.300000000',
        refunds: '4.050000000',
        net: '6.250000000',
      },
    ])
  })

  test('counts a refund on the day that it was given, and leaves the day of the order as it was', async () => {
    await addOrder(on, ['north', 1], { at: '2026-06-10T08:00:00Z', total: '10.00', refunded: '10.00' })
    await refunded(1, '2026-06-14T08:00:00Z', '10.00')
    expect(await days()).toEqual([
      ['north', '2026-06-10', 1n, '10.000000000', '0.000000000', '10.000000000'],
      ['north', '2026-06-14', 0n, '0.000000000', '10.000000000', '-10.000000000'],
    ])
  })

  test('counts neither cancelled nor test orders, nor their refunds', async () => {
    await addOrder(on, ['north', 1], { cancelled: '2026-06-11T00:00:00Z' })
    await addOrder(on, ['north', 2], { test: true })
    await refunded(1, '2026-06-11T00:00:00Z', '10.00')
    await refunded(2, '2026-06-11T00:00:00Z', '10.00')
    expect(await days()).toEqual([])
  })

  const berlin = [
    ['summer', '2026-06-09T21:59:59.999999Z', '2026-06-09'],
    ['summer', '2026-06-09T22:00:00Z', '2026-06-10'],
    ['winter', '2026-01-09T22:59:59.999999Z', '2026-01-09'],
    ['winter', '2026-01-09T23:00:00Z', '2026-01-10'],
    ['the day on which the clocks go forward, at its beginning', '2026-03-28T23:00:00Z', '2026-03-29'],
    ['the day on which the clocks go forward, at its end', '2026-03-29T21:59:59.999999Z', '2026-03-29'],
    ['the day after the clocks went forward', '2026-03-29T22:00:00Z', '2026-03-30'],
    ['the day on which the clocks go back, at its beginning', '2026-10-24T22:00:00Z', '2026-10-25'],
    ['the day on which the clocks go back, at its end', '2026-10-25T22:59:59.999999Z', '2026-10-25'],
    ['the day after the clocks went back', '2026-10-25T23:00:00Z', '2026-10-26'],
  ] as const

  test('begins a day of Berlin at midnight of Berlin, in summer, in winter and when the clocks change', async () => {
    for (const [index, [, at]] of berlin.entries()) await addOrder(on, ['north', index + 1], { at })
    expect(await counted()).toEqual(expected(berlin.map(([, , day]) => day)))
  })

  const newYork = [
    ['summer', '2026-06-10T03:59:59.999999Z', '2026-06-09'],
    ['summer', '2026-06-10T04:00:00Z', '2026-06-10'],
    ['winter', '2026-01-10T04:59:59.999999Z', '2026-01-09'],
    ['winter', '2026-01-10T05:00:00Z', '2026-01-10'],
    ['the day on which the clocks go forward, at its beginning', '2026-03-08T05:00:00Z', '2026-03-08'],
    ['the day after the clocks went forward', '2026-03-09T04:00:00Z', '2026-03-09'],
    ['the day on which the clocks go back, at its end', '2026-11-02T04:59:59.999999Z', '2026-11-01'],
    ['the day after the clocks went back', '2026-11-02T05:00:00Z', '2026-11-02'],
  ] as const

  test('begins a day of New York at midnight of New York, in summer, in winter and when the clocks change', async () => {
    for (const [index, [, at]] of newYork.entries()) await addOrder(on, ['south', index + 1], { at, currency: 'USD' })
    expect(await counted()).toEqual(expected(newYork.map(([, , day]) => day)))
  })

  test('puts one instant on two days where two shops have two', async () => {
    await addOrder(on, ['north', 1], { at: '2026-06-09T23:00:00Z' })
    await addOrder(on, ['south', 1], { at: '2026-06-09T23:00:00Z', currency: 'USD' })
    expect((await days()).map(row => (row as readonly unknown[]).slice(0, 2))).toEqual([
      ['north', '2026-06-10'],
      ['south', '2026-06-09'],
    ])
  })
})
