import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { refund } from '../../../contracts/storefront/refund.ts'
import { transaction } from '../../../contracts/storefront/transaction.ts'
import type { Cells } from '../../../models/warehouse/warehouse.ts'
import { addOrder, type Fixture, fixture, root } from '../fixture.ts'

let on: Fixture
beforeAll(async () => {
  on = await fixture()
})
afterEach(() => on.clear())
afterAll(() => on.close())

const broken = async (audit: string): Promise<readonly Cells[]> =>
  on.warehouse.query({ sql: await readFile(join(root, 'models', 'marts', `${audit}.audit.sql`), 'utf8') })

const captured = (digits: number, amount: string): Promise<void> =>
  on.add(transaction, 'north', {
    transaction_id: `gid://shopify/OrderTransaction/${digits}`,
    order_id: `gid://shopify/Order/${digits}`,
    kind: 'CAPTURE',
    status: 'SUCCESS',
    test: false,
    created_at: '2026-06-10T08:00:00Z',
    amount,
    currency: 'EUR',
  })

describe('marts that tell of the same money', () => {
  test('payments: an order whose movements do not come to its net is named, and does not stop the night', async () => {
    await addOrder(on, ['north', 1], { total: '10.10' })
    await addOrder(on, ['north', 2], { total: '10.10' })
    await addOrder(on, ['north', 3], { total: '10.10' })
    await captured(1, '10.10')
    await captured(2, '10.11')
    expect(await on.build('marts.payments')).toHaveLength(2)
    expect((await broken('payments_meet_orders')).map(({ order_id, paid }) => [order_id, paid])).toEqual(
      expect.arrayContaining([
        ['gid://shopify/Order/2', '10.110000000'],
        ['gid://shopify/Order/3', '0.000000000'],
      ]),
    )
    expect(await broken('payments_meet_orders')).toHaveLength(2)
  })

  test('markets: they add up to the day, and a day that is another is named', async () => {
    await addOrder(on, ['north', 1], { at: '2026-06-10T08:00:00Z', total: '10.10' })
    await on.add(refund, 'north', {
      refund_id: 'R1',
      order_id: 'gid://shopify/Order/1',
      created_at: '2026-06-12T08:00:00Z',
      amount: '4.05',
    })
    await on.build('marts.daily_sales_by_market')
    expect(await broken('markets_add_up')).toEqual([])
    for (const change of ['gross = gross + 0.01', 'units = units + 1', 'refunds = refunds + 1', 'orders = 7']) {
      await on.build('marts.daily_sales_by_market')
      await on.warehouse.local.run(`update marts.daily_sales set ${change} where day = '2026-06-12'`)
      expect((await broken('markets_add_up')).map(({ day }) => day)).toEqual(['2026-06-12'])
    }
    await on.warehouse.local.run('delete from marts.daily_sales')
    expect(await broken('markets_add_up')).toHaveLength(2)
  })
})
