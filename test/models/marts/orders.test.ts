import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { invoice } from '../../../contracts/erp/invoice.ts'
import { order } from '../../../contracts/storefront/order.ts'
import { orderLine } from '../../../contracts/storefront/order-line.ts'
import { refund } from '../../../contracts/storefront/refund.ts'
import { addOrder, type Fixture, fixture } from '../fixture.ts'

let on: Fixture
beforeAll(async () => {
  on = await fixture()
})
afterEach(() => on.clear())
afterAll(() => on.close())

describe('marts.orders', () => {
  test('has one row an order, with all that is known of it', async () => {
    await on.add(order, 'north', {
      order_id: 'gid://shopify/Order/7',
      legacy_id: '7',
      name: '#1001',
      customer_id: 'gid://shopify/Customer/1',
      ordered_at: '2026-06-01T22:30:00.5Z',
      shipped_at: '2026-06-03T22:30:00.4Z',
      subtotal: '90.00',
      total_tax: '15.50',
      total_discount: '5.00',
      total_shipping: '4.90',
      total: '94.90',
      current_total: '54.90',
      total_received: '94.90',
      total_refunded: '40.00',
    })
    for (const [line, quantity] of [
      [1, 2],
      [2, 1],
    ] as const)
      await on.add(orderLine, 'north', {
        line_id: `gid://shopify/LineItem/${line}`,
        order_id: 'gid://shopify/Order/7',
        quantity,
      })
    for (const [id, at] of [
      [1, '2026-06-05T00:00:00Z'],
      [2, '2026-06-09T00:00:00Z'],
    ] as const)
      await on.add(refund, 'north', {
        refund_id: `gid://shopify/Refund/${id}`,
        order_id: 'gid://shopify/Order/7',
        created_at: at,
        amount: '20.00',
      })
    await on.add(invoice, 'north-erp', { invoice_id: 'I-1', order_id: '7', total: '94.90' })

    expect(await on.build('marts.orders')).toEqual([
      {
        connection: 'north',
        brand: 'Nordlicht',
        region: 'EU',
        order_uid: 'north:7',
        order_id: 'gid://shopify/Order/7',
        order_name: '#1001',
        customer_id: 'gid://shopify/Customer/1',
        ordered_at: '2026-06-01T22:30:00.500000Z',
        shipped_at: '2026-06-03T22:30:00.400000Z',
        cancelled_at: null,
        is_cancelled: false,
        currency: 'EUR',
        financial_status: 'PAID',
        fulfillment_status: 'FULFILLED',
        subtotal: '90.000000000',
        tax: '15.500000000',
        discount: '5.000000000',
        shipping: '4.900000000',
        total: '94.900000000',
        current_total: '54.900000000',
        received: '94.900000000',
        refunded: '40.000000000',
        net: '54.900000000',
        items: 2n,
        units: 3n,
        refunds: 2n,
        last_refund_at: '2026-06-09T00:00:00.000000Z',
        invoice_id: 'I-1',
        invoice_currency: 'EUR',
        invoice_total: '94.900000000',
        days_to_ship: 1n,
      },
    ])
  })

  test('leaves out test orders, and keeps cancelled ones marked', async () => {
    await addOrder(on, ['north', 1], { test: true })
    await addOrder(on, ['north', 2], { cancelled: '2026-06-02T00:00:00Z' })
    expect((await on.build('marts.orders')).map(row => [row.order_uid, row.is_cancelled])).toEqual([['north:2', true]])
  })

  test('leaves out an order that the shop has deleted', async () => {
    await on.add(order, 'north', {
      order_id: 'gid://shopify/Order/1',
      legacy_id: '1',
      name: '#1',
      _deleted_at: '2026-06-02T00:00:00Z',
    })
    expect(await on.build('marts.orders')).toEqual([])
  })

  test('keeps orders of two shops apart that have the same id and name, and gives each its own invoice', async () => {
    await addOrder(on, ['north', 5], { total: '10.00' })
    await addOrder(on, ['south', 5], { total: '20.00', currency: 'USD' })
    await on.add(invoice, 'north-erp', { invoice_id: 'N-5', order_id: '5', total: '10.00' })
    await on.add(invoice, 'south-erp', { invoice_id: 'S-5', order_id: '5', total: '20.00', currency: 'USD' })
    expect(
      (await on.build('marts.orders')).map(row => [
        row.order_uid,
        row.invoice_id,
        row.invoice_currency,
        row.invoice_total,
      ]),
    ).toEqual([
      ['north:5', 'N-5', 'EUR', '10.000000000'],
      ['south:5', 'S-5', 'USD', '20.000000000'],
    ])
  })

  test('adds up the invoices of one order, leaves out cancelled ones, and gives no sum over two currencies', async () => {
    await addOrder(on, ['north', 1], {})
    await addOrder(on, ['north', 2], {})
    await addOrder(on, ['north', 3], {})
    for (const [id, orderId, total, more] of [
      ['I-2', '1', '4.00', {}],
      ['I-1', '1', '6.00', {}],
      ['I-0', '1', '10.00', { status: 'cancelled' }],
      ['I-3', '2', '1.00', {}],
      ['I-4', '2', '1.00', { currency: 'USD' }],
    ] as const)
      await on.add(invoice, 'north-erp', { invoice_id: id, order_id: orderId, total, ...more })
    expect(
      (await on.build('marts.orders')).map(row => [
        row.order_uid,
        row.invoice_id,
        row.invoice_currency,
        row.invoice_total,
      ]),
    ).toEqual([
      ['north:1', 'I-1, I-2', 'EUR', '10.000000000'],
      ['north:2', 'I-3, I-4', 'EUR, USD', null],
      ['north:3', null, null, null],
    ])
  })

  test('is exact where a double is not', async () => {
    await addOrder(on, ['north', 1], { total: '12345678901234567.8901', refunded: '0.0001' })
    expect((await on.build('marts.orders'))[0]?.net).toBe('12345678901234567.890000000')
  })
})
