import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { customer } from '../../../contracts/storefront/customer.ts'
import { addOrder, type Fixture, fixture } from '../fixture.ts'

let on: Fixture
beforeAll(async () => {
  on = await fixture()
})
afterEach(() => on.clear())
afterAll(() => on.close())

const id = (digits: number): string => `gid://shopify/Customer/${digits}`

describe('marts.customers', () => {
  test('has one row an account, with what its orders came to', async () => {
    await on.add(customer, 'north', { customer_id: id(1), email: 'anna@example.com', country: 'DE' })
    await addOrder(on, ['north', 1], {
      customer: id(1),
      at: '2026-05-01T10:00:00Z',
      total: '100.00',
      refunded: '30.00',
    })
    await addOrder(on, ['north', 2], { customer: id(1), at: '2026-06-01T10:00:00Z', total: '0.10' })
    expect(await on.build('marts.customers')).toEqual([
      {
        connection: 'north',
        customer_id: id(1),
        customer_uid: expect.stringMatching(/^[0-9a-f]{32}$/),
        seen_in_shops: 1n,
        created_at: '2026-01-01T00:00:00.000000Z',
        country: 'DE',
        currency: 'EUR',
        orders: 2n,
        first_order_at: '2026-05-01T10:00:00.000000Z',
        last_order_at: '2026-06-01T10:00:00.000000Z',
        total_spent: '100.100000000',
        refunded: '30.000000000',
        net_spent: '70.100000000',
      },
    ])
  })

  test('counts no cancelled order, no test order and no order of a guest', async () => {
    await on.add(customer, 'north', { customer_id: id(1) })
    await addOrder(on, ['north', 1], { customer: id(1), cancelled: '2026-06-02T00:00:00Z' })
    await addOrder(on, ['north', 2], { customer: id(1), test: true })
    await addOrder(on, ['north', 3], {})
    expect((await on.build('marts.customers')).map(row => [row.orders, row.first_order_at, row.net_spent])).toEqual([
      [0n, null, '0.000000000'],
    ])
  })

  test('knows one e-mail address in two shops as one person, however it is written, and keeps its money by shop', async () => {
    await on.add(customer, 'north', { customer_id: id(1), email: 'Anna@Example.com' })
    await on.add(customer, 'south', { customer_id: id(1), email: 'anna@example.com', currency: 'USD' })
    await on.add(customer, 'south', { customer_id: id(2), email: 'ben@example.com', currency: 'USD' })
    await addOrder(on, ['north', 1], { customer: id(1), total: '5.00' })
    await addOrder(on, ['south', 2], { customer: id(1), total: '5.00', currency: 'USD' })
    const rows = await on.build('marts.customers')
    expect(rows.map(row => [row.connection, row.seen_in_shops, row.orders, row.net_spent, row.currency])).toEqual([
      ['north', 2n, 1n, '5.000000000', 'EUR'],
      ['south', 2n, 1n, '5.000000000', 'USD'],
      ['south', 1n, 0n, '0.000000000', 'USD'],
    ])
    expect(rows[0]?.customer_uid).toBe(rows[1]?.customer_uid)
    expect(rows[1]?.customer_uid).not.toBe(rows[2]?.customer_uid)
  })

  test('takes accounts without an e-mail address for as many persons', async () => {
    await on.add(customer, 'north', { customer_id: id(1) })
    await on.add(customer, 'south', { customer_id: id(1), currency: 'USD' })
    const rows = await on.build('marts.customers')
    expect(rows.map(row => row.seen_in_shops)).toEqual([1n, 1n])
    expect(rows[0]?.customer_uid).not.toBe(rows[1]?.customer_uid)
  })

  test('holds no e-mail address', async () => {
    await on.add(customer, 'north', { customer_id: id(1), email: 'anna@example.com' })
    expect(Object.values((await on.build('marts.customers'))[0] ?? {}).join(' ')).not.toContain('anna')
  })
})
