import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { customer } from '../../../contracts/storefront/customer.ts'
import { faultOf } from '../../suite/warehouse.ts'
import { addOrder, type Fixture, fixture } from '../fixture.ts'

const now = '2026-06-30T03:00:00.000000Z'
const id = (digits: number): string => `gid://shopify/Customer/${digits}`
const daysBefore = (days: number, from = now): string => new Date(Date.parse(from) - days * 86_400_000).toISOString()

let on: Fixture
let orders = 0
beforeAll(async () => {
  on = await fixture()
})
afterEach(async () => {
  orders = 0
  await on.clear()
})
afterAll(() => on.close())

async function buys(digits: number, facts: Parameters<typeof addOrder>[2] & { readonly days?: number }): Promise<void> {
  orders += 1
  const { days = 10, ...more } = facts
  await addOrder(on, ['north', orders], { customer: id(digits), at: daysBefore(days), ...more })
}

const scores = async (at = now): Promise<readonly unknown[]> =>
  (await on.build('marts.customer_loyalty', at)).map(row => [row.loyalty_score, row.loyalty_tier])

describe('marts.customer_loyalty', () => {
  test('has the score, the tier, and what they are made of', async () => {
    await on.add(customer, 'north', { customer_id: id(1) })
    await buys(1, { days: 45, total: '100.00', refunded: '24.99' })
    await buys(1, { days: 400, total: '50.00' })
    expect(await on.build('marts.customer_loyalty')).toEqual([
      {
        connection: 'north',
        customer_id: id(1),
        recency_days: 45n,
        frequency: 2n,
        monetary: '125.010000000',
        loyalty_score: 320n + 60n + 25n,
        loyalty_tier: 'silver',
        as_of: now,
      },
    ])
  })

  test('gives for recency by steps, from 400 for a month to nothing after a year', async () => {
    const steps = [
      [0, 400n],
      [30, 400n],
      [31, 320n],
      [60, 320n],
      [61, 240n],
      [90, 240n],
      [91, 140n],
      [180, 140n],
      [181, 60n],
      [365, 60n],
      [366, 0n],
    ] as const
    for (const [days] of steps) {
      await on.add(customer, 'north', { customer_id: id(1000 + days) })
      await buys(1000 + days, { days, total: '0.00' })
    }
    const rows = await on.build('marts.customer_loyalty')
    expect(rows.map(row => [row.recency_days, row.loyalty_score])).toEqual(
      steps.map(([days, part]) => [BigInt(days), part + 30n]),
    )
  })

  test('moves nobody by a night that passes within a step', async () => {
    await on.add(customer, 'north', { customer_id: id(1) })
    await buys(1, { days: 40, total: '75.00' })
    expect(await scores('2026-07-01T03:00:00.000000Z')).toEqual(await scores())
  })

  test('counts ten orders at most, and money up to its limit', async () => {
    await on.add(customer, 'north', { customer_id: id(1) })
    for (let order = 0; order < 12; order += 1) await buys(1, { total: '1000.00' })
    expect(await scores()).toEqual([[1000n, 'platinum']])
  })

  test('gives the tier by the score, from its first point on', async () => {
    const buyers = [
      { totals: [1], score: 430n, tier: 'silver' },
      { totals: [845], score: 599n, tier: 'silver' },
      { totals: [850], score: 600n, tier: 'gold' },
      { totals: [1500, 0, 0], score: 790n, tier: 'gold' },
      { totals: [1500, 0, 0, 0], score: 820n, tier: 'platinum' },
      { totals: [1450, 0, 0, 0], score: 810n, tier: 'platinum' },
      { totals: [1400, 0, 0, 0], score: 800n, tier: 'platinum' },
    ]
    for (const [index, { totals }] of buyers.entries()) {
      await on.add(customer, 'north', { customer_id: id(index) })
      for (const total of totals) await buys(index, { total: `${total}.00` })
    }
    expect(await scores()).toEqual(buyers.map(({ score, tier }) => [score, tier]))
  })

  test('is silver from 350 on', async () => {
    await on.add(customer, 'north', { customer_id: id(1) })
    await on.add(customer, 'north', { customer_id: id(2) })
    await buys(1, { days: 45, total: '0.00' })
    await buys(2, { days: 70, total: '395.00' })
    expect(await scores()).toEqual([
      [350n, 'silver'],
      [349n, 'bronze'],
    ])
  })

  test('falls when money goes back after the fact', async () => {
    await on.add(customer, 'north', { customer_id: id(1) })
    await on.add(customer, 'north', { customer_id: id(2) })
    await buys(1, { total: '500.00' })
    await buys(2, { total: '500.00', refunded: '500.00' })
    expect(await scores()).toEqual([
      [530n, 'silver'],
      [430n, 'silver'],
    ])
  })

  test('never falls below nothing, though more went back than came in', async () => {
    await on.add(customer, 'north', { customer_id: id(1) })
    await buys(1, { days: 1000, total: '10.00', refunded: '900.00' })
    expect(await scores()).toEqual([[30n, 'bronze']])
  })

  test('counts no cancelled order and no test order; an account without an order has nothing', async () => {
    for (const digits of [1, 2, 3]) await on.add(customer, 'north', { customer_id: id(digits) })
    await buys(1, { cancelled: daysBefore(5) })
    await buys(2, { test: true })
    expect(await scores()).toEqual([
      [0n, 'bronze'],
      [0n, 'bronze'],
      [0n, 'bronze'],
    ])
  })

  test('counts steps of the shop’s own currency, and each shop for itself', async () => {
    await on.add(customer, 'north', { customer_id: id(1), currency: 'SEK', email: 'a@x.org' })
    await on.add(customer, 'south', { customer_id: id(1), currency: 'USD', email: 'a@x.org' })
    await buys(1, { total: '500.00', currency: 'SEK' })
    await addOrder(on, ['south', 99], { customer: id(1), at: daysBefore(10), total: '500.00', currency: 'USD' })
    expect(await scores()).toEqual([
      [440n, 'silver'],
      [530n, 'silver'],
    ])
  })

  test('stops the build at a currency without a step, rather than to guess one', async () => {
    await on.add(customer, 'north', { customer_id: id(1), currency: 'KRW' })
    await buys(1, { total: '50000', currency: 'KRW' })
    expect((await faultOf(scores())).what).toContain('loyalty_score')
  })
})
