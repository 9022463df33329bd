import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { invoice } from '../../contracts/erp/invoice.ts'
import { payment } from '../../contracts/erp/payment.ts'
import { erpRefund } from '../../contracts/erp/refund.ts'
import { customer } from '../../contracts/storefront/customer.ts'
import { inventoryItem } from '../../contracts/storefront/inventory-item.ts'
import { order } from '../../contracts/storefront/order.ts'
import { stock } from '../../contracts/storefront/stock.ts'
import { variant } from '../../contracts/storefront/variant.ts'
import { wmsStock } from '../../contracts/wms/stock.ts'
import { drift, reconcile } from '../../jobs/check-job.ts'
import type { Check } from '../../jobs/checks/check.ts'
import { invoices } from '../../jobs/checks/invoices.ts'
import { shelfStock } from '../../jobs/checks/shelf-stock.ts'
import { volumes } from '../../jobs/checks/volume.ts'
import type { Report, Step } from '../../jobs/job.ts'
import { rawTable } from '../../models/warehouse/raw.ts'
import { connection, type TestRoom, testRoom } from './room.ts'

const now = '2026-06-30T02:00:00.000000Z'
let room: TestRoom

beforeEach(async () => {
  room = await testRoom({
    catalogue: { checks: [invoices, shelfStock, ...volumes] },
    connections: [
      connection('north'),
      connection('erp-north', { system: 'erp' }),
      connection('wms-north', { system: 'wms' }),
    ],
  })
  for (const each of [order, invoice, erpRefund, payment, customer, variant, inventoryItem, stock, wmsStock])
    for (const sql of rawTable(each)) await room.opened.local.run(sql)
  await room.opened.local.run(
    `insert into ops.connections values ('north', 'shopify', 'Nordlicht', 'EU', 'EUR', 'Europe/Berlin')`,
  )
})
afterEach(() => room.end())

const put = (table: string, row: Readonly<Record<string, string | number | boolean>>): Promise<void> =>
  room.opened.local.run(
    `insert into ${table} by name select ${Object.entries(row)
      .map(([column, value]) => `${typeof value === 'string' ? `'${value}'` : value} as ${column}`)
      .join(', ')}`,
  )

async function run(check: Check): Promise<Report> {
  const job = check.job === 'reconcile' ? reconcile : drift
  const steps = await job.steps({ ...room, at: now, interval: () => undefined, before: [] })
  room.token += 1
  return job.run(room, steps.find(step => step.id.includes(` ${check.name} `)) as Step)
}

const findings = async (): Promise<readonly string[]> =>
  (
    await room.opened.query({ sql: 'select key, kind, state, at_risk, currency from ops.findings order by key, kind' })
  ).map(row => `${row.key} ${row.kind} ${row.state} ${row.at_risk} ${row.currency}`)

describe('orders against invoices', () => {
  const shopOrder = (n: number, total: string, at = '2026-06-20 10:00:00+00'): Promise<void> =>
    put('raw.storefront_order', {
      _connection: 'north',
      order_id: `gid://shopify/Order/${n}`,
      legacy_id: String(n),
      name: `#${n}`,
      ordered_at: at,
      currency: 'EUR',
      total,
      test: false,
    })
  const booked = (n: number, total: string): Promise<void> =>
    put('raw.erp_invoice', {
      _connection: 'erp-north',
      invoice_id: `I-${n}`,
      order_id: String(n),
      invoiced_at: '2026-06-20 23:00:00+00',
      currency: 'EUR',
      total,
      status: 'open',
    })

  it('finds a missing invoice, a difference of a cent, and an invoice without an order, with the money at risk', async () => {
    await shopOrder(1, '10.00')
    await booked(1, '10.00')
    await shopOrder(2, '99.90')
    await shopOrder(3, '50.00')
    await booked(3, '49.99')
    await booked(4, '7.50')
    const report = await run(invoices)
    expect(await findings()).toEqual([
      '#2 missing_in_erp new 99.900000000 EUR',
      '#3 amount_differs new 0.010000000 EUR',
      '4 missing_in_storefront new 7.500000000 EUR',
    ])
    expect(report.findings?.map(({ kind, atRisk }) => `${kind} ${atRisk.EUR}`)).toEqual([
      'amount_differs 0.01',
      'missing_in_erp 99.9',
      'missing_in_storefront 7.5',
    ])
  })

  it('leaves a young order its time, and finds it when the time is over', async () => {
    await shopOrder(1, '10.00')
    await booked(1, '10.00')
    await shopOrder(2, '5.00', '2026-06-28 02:00:00+00')
    await shopOrder(3, '5.00', '2026-06-28 01:59:59+00')
    await run(invoices)
    expect(await findings()).toEqual(['#3 missing_in_erp new 5.000000000 EUR'])
  })

  it('says of a finding that it persists, and then that it is resolved', async () => {
    await shopOrder(1, '10.00')
    await booked(1, '10.00')
    await shopOrder(2, '99.90')
    await run(invoices)
    const later = Object.create(room, { now: { value: () => new Date('2026-07-01T03:00:00Z') } }) as TestRoom
    const [step] = await reconcile.steps({
      catalogue: later.catalogue,
      environment: later.environment,
      project: later.project,
      at: now,
      interval: () => undefined,
      before: [],
    })
    later.token += 1
    await reconcile.run(later, step as Step)
    expect(await findings()).toEqual(['#2 missing_in_erp persists 99.900000000 EUR'])
    await booked(2, '99.90')
    later.token += 1
    const { counts } = await reconcile.run(later, step as Step)
    expect(counts).toMatchObject({ findings: 0, fresh: 0, resolved: 1 })
    expect(await findings()).toEqual(['#2 missing_in_erp resolved 99.900000000 EUR'])
  })

  it('does not report twice what waits in the rejects', async () => {
    await shopOrder(1, '10.00')
    await booked(1, '10.00')
    await shopOrder(2, '5.00')
    await booked(3, '5.00')
    await put('ops.rejects', {
      connection: 'erp-north',
      contract: 'erp.invoice',
      record: 'I-2',
      id: 'a',
      raw: '{"order_id":"2"}',
      state: 'open',
    })
    await put('ops.rejects', {
      connection: 'north',
      contract: 'storefront.order',
      record: 'gid://shopify/Order/3',
      id: 'b',
      raw: '{}',
      state: 'open',
    })
    await run(invoices)
    expect(await findings()).toEqual([])
  })

  it('that compared nothing is a failure, not a success', async () => {
    await shopOrder(1, '10.00')
    await expect(run(invoices)).rejects.toThrow('invoices compared nothing')
  })
})

describe('shop stock against shelf stock', () => {
  const shop = (sku: string, available: number): Promise<void> =>
    put('raw.storefront_stock', {
      _connection: 'north',
      stock_id: sku,
      sku,
      location: 'Berlin',
      available,
      active: true,
      updated_at: '2026-06-29 00:00:00+00',
    })
  const shelf = (sku: string, on_hand: number): Promise<void> =>
    put('raw.wms_stock', {
      _connection: 'wms-north',
      sku,
      location: 'Berlin',
      on_hand,
      counted_at: '2026-06-29 20:00:00+00',
    })

  it('finds what is offered above the shelf at its price, what the shelf lacks, and what the shop does not know', async () => {
    await put('raw.storefront_variant', { _connection: 'north', variant_id: 'v', sku: 'A-1', price: '19.95' })
    await shop('A-1', 7)
    await shelf('A-1', 5)
    await shop('B-1', 5)
    await shelf('B-1', 9)
    await shop('C-1', 1)
    await shelf('D-1', 1)
    await run(shelfStock)
    expect(await findings()).toEqual([
      'A-1 @ Berlin oversold new 39.900000000 EUR',
      'C-1 @ Berlin missing_in_wms new null null',
      'D-1 @ Berlin unknown_sku new null null',
    ])
  })
})

describe('volume against its own past', () => {
  const byDay = async (counts: (day: number) => number): Promise<void> => {
    await room.opened.local.run(`insert into raw.storefront_order by name
      select 'north' as _connection, d || '-' || n as order_id, timestamptz '2026-06-29 12:00:00+00' - d * interval 1 day as ordered_at
      from (values ${Array.from({ length: 70 }, (_, d) => `(${d}, ${counts(d)})`).join(', ')}) as v(d, c), range(c) as r(n)`)
  }
  const orderVolume = volumes[0] as Check

  it('says nothing of a weekly rhythm', async () => {
    await byDay(day => (day % 7 === 0 ? 60 : 20 + (day % 3)))
    await run(orderVolume)
    expect(await findings()).toEqual([])
  })

  it('finds a day that fell', async () => {
    await byDay(day => (day === 0 ? 6 : 20 + (day % 3)))
    await run(orderVolume)
    expect(await findings()).toEqual(['2026-06-29 drop new null null'])
  })

  it('finds a day without any record', async () => {
    await byDay(day => (day === 1 ? 0 : 20))
    await run(orderVolume)
    expect(await findings()).toEqual(['2026-06-28 drop new null null'])
  })

  it('says nothing where the past is too short to know', async () => {
    await byDay(day => (day > 40 ? 0 : day === 0 ? 1 : 20))
    await run(orderVolume)
    expect(await findings()).toEqual([])
  })
})
