import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { collection } from '../../contracts/storefront/collection.ts'
import { collectionProduct } from '../../contracts/storefront/collection-product.ts'
import { customer } from '../../contracts/storefront/customer.ts'
import { discount } from '../../contracts/storefront/discount.ts'
import { discountCode } from '../../contracts/storefront/discount-code.ts'
import { event } from '../../contracts/storefront/event.ts'
import { order } from '../../contracts/storefront/order.ts'
import { product } from '../../contracts/storefront/product.ts'
import { drift } from '../../jobs/check-job.ts'
import type { Check } from '../../jobs/checks/check.ts'
import { countedCodes, countedProducts } from '../../jobs/checks/counted.ts'
import { eventHealth } from '../../jobs/checks/event-health.ts'
import { gaps } from '../../jobs/checks/gaps.ts'
import { vanished } from '../../jobs/checks/vanished.ts'
import type { Step } from '../../jobs/job.ts'
import { rawTable } from '../../models/warehouse/raw.ts'
import { faultOf } from '../suite/warehouse.ts'
import { connection, type TestRoom, testRoom } from './room.ts'

const now = '2026-06-30T02:00:00.000000Z'
let room: TestRoom
beforeEach(async () => {
  room = await testRoom({
    catalogue: { checks: [eventHealth, gaps, countedProducts, countedCodes, ...vanished] },
    connections: [connection('north', { secrets: { webhook: 'env:SECRET' } }), connection('quiet')],
  })
  for (const each of [order, customer, product, event, collection, collectionProduct, discount, discountCode])
    for (const sql of rawTable(each)) await room.opened.local.run(sql)
})
afterEach(() => room.end())

const put = (table: string, row: Readonly<Record<string, string | number>>): Promise<void> =>
  room.opened.local.run(
    `insert into ${table} by name select ${Object.entries({ _connection: 'north', ...row })
      .map(([column, value]) => `${typeof value === 'string' ? `'${value}'` : value} as ${column}`)
      .join(', ')}`,
  )

async function run(check: Check): Promise<readonly string[]> {
  const steps = await drift.steps({ ...room, at: now, interval: () => undefined, before: [] })
  room.token += 1
  await drift.run(room, steps.find(step => step.id === `drift ${check.name} north`) as Step)
  const rows = await room.opened.query({ sql: `select key, kind, state, found from ops.findings order by key` })
  return rows.map(row => `${row.key} ${row.kind} ${row.state}: ${row.found}`)
}

describe('the health of events', () => {
  const told = (n: number, more: Readonly<Record<string, string | number>> = {}): Promise<void> =>
    put('raw.storefront_event', {
      event_id: `event-${n}`,
      topic: 'orders/updated',
      subject_id: `gid://shopify/Order/${n}`,
      emitted_at: '2026-06-29 10:00:00+00',
      received_at: '2026-06-29 10:00:02+00',
      attempts: 1,
      ...more,
    })
  const changed = (n: number, at = '2026-06-29 10:00:00+00'): Promise<void> =>
    put('raw.storefront_order', { order_id: `gid://shopify/Order/${n}`, updated_at: at })
  const all = async (what: (n: number) => Promise<void>, from: number, to: number): Promise<void> => {
    for (let n = from; n <= to; n += 1) await what(n)
  }

  it('is good where events come at once and none is missing', async () => {
    await all(told, 1, 30)
    await all(changed, 1, 30)
    expect(await run(eventHealth)).toEqual([])
  })

  it('shows a spike of retries and of late ones, by topic', async () => {
    await all(told, 1, 20)
    await all(n => told(n, { attempts: 3 }), 21, 26)
    await all(n => told(n, { received_at: '2026-06-29 10:06:00+00' }), 31, 36)
    expect(await run(eventHealth)).toEqual([
      'orders/updated late late new: 6 of 32 later',
      'orders/updated retried retried new: 6 of 32 only after retries',
    ])
  })

  it('shows a spike of a quarter of an hour that would drown in its day', async () => {
    const at = (n: number, minute: string) => ({
      emitted_at: `2026-06-29 ${String(n % 20).padStart(2, '0')}:${minute}:00+00`,
      received_at: `2026-06-29 ${String(n % 20).padStart(2, '0')}:${minute}:01+00`,
    })
    await all(n => told(n, at(n, '05')), 100, 399)
    await all(n => told(n, { ...at(7, '35'), attempts: 2 }), 1, 6)
    expect(await run(eventHealth)).toEqual(['orders/updated retried retried new: 6 of 6 only after retries'])
    const [row] = await room.opened.query({ sql: 'select since from ops.findings' })
    expect(row?.since).toBe('2026-06-29T07:30:00.000000Z')
  })

  it('leaves a few of many alone', async () => {
    await all(told, 1, 80)
    await all(n => told(n, { attempts: 2 }), 81, 86)
    expect(await run(eventHealth)).toEqual([])
  })

  it('shows orders that changed, as the bulk extract knows, without an event', async () => {
    await all(told, 1, 20)
    await all(changed, 1, 28)
    expect(await run(eventHealth)).toEqual(['orders without an event missing new: 8 without one'])
  })

  it('shows a shop that fell silent, and gives the youngest changes their time', async () => {
    await told(1, { received_at: '2026-06-01 00:00:00+00' })
    await all(changed, 1, 9)
    await all(n => changed(n, '2026-06-30 01:00:00+00'), 20, 60)
    expect(await run(eventHealth)).toEqual(['orders without an event missing new: 9 without one'])
  })

  it('shows customers and products without an event, where events tell of such', async () => {
    for (const [table, key, type] of [
      ['customer', 'customer_id', 'Customer'],
      ['product', 'product_id', 'Product'],
    ] as const)
      await all(
        n =>
          put(`raw.storefront_${table}`, { [key]: `gid://shopify/${type}/${n}`, updated_at: '2026-06-29 10:00:00+00' }),
        1,
        9,
      )
    await told(1, { subject_id: 'gid://shopify/Customer/1' })
    expect(await run(eventHealth)).toEqual(['customers without an event missing new: 8 without one'])
  })

  it('does not judge a shop that has never told of an event', async () => {
    await all(changed, 1, 30)
    expect(await run(eventHealth)).toEqual([])
  })

  it('that compared nothing is not green', async () => {
    expect(await faultOf(run(eventHealth))).toMatchObject({ what: 'events compared nothing' })
  })

  it('is not asked of a connection whose events lead nowhere', async () => {
    const steps = await drift.steps({ ...room, at: now, interval: () => undefined, before: [] })
    expect(steps.map(({ id }) => id)).not.toContain('drift events quiet')
  })
})

it('a record that vanished without an event is a finding, until an event tells of it', async () => {
  await put('raw.storefront_customer', { customer_id: 'gid://shopify/Customer/1' })
  await put('raw.storefront_customer', {
    customer_id: 'gid://shopify/Customer/2',
    _deleted_by: 'sweep',
    _deleted_at: '2026-06-29 00:00:00+00',
  })
  await put('raw.storefront_customer', {
    customer_id: 'gid://shopify/Customer/3',
    _deleted_by: 'event',
    _deleted_at: '2026-06-29 00:00:00+00',
  })
  const check = vanished[1] as Check
  expect(await run(check)).toEqual(['gid://shopify/Customer/2 without_event new: none'])
  await room.opened.local.run(`update raw.storefront_customer set _deleted_by = 'event' where _deleted_by = 'sweep'`)
  expect(await run(check)).toEqual(['gid://shopify/Customer/2 without_event resolved: none'])
})

it('a collection below which fewer products stand than the shop counts is a finding; more than counted is none', async () => {
  const of = (n: number): string => `gid://shopify/Collection/${n}`
  for (const [n, counted] of [3, 2, 10_000].entries())
    await put('raw.storefront_collection', { collection_id: of(n), products: counted })
  for (const [n, products] of [2, 2, 10_001].entries())
    await room.opened.local.run(
      `insert into raw.storefront_collection_product by name select 'north' as _connection, '${of(n)}' as collection_id, 'p' || range as product_id from range(${products})`,
    )
  expect(await run(countedProducts)).toEqual([`${of(0)} fewer_than_counted new: 2`])
})

it('a discount with fewer codes than the shop counts is a finding, where a catalogue reads discounts', async () => {
  for (const n of [1, 2]) await put('raw.storefront_discount', { discount_id: `d${n}`, codes: 2 })
  for (const [code, discountId] of [
    ['a', 'd1'],
    ['b', 'd1'],
    ['c', 'd2'],
  ] as const)
    await put('raw.storefront_discount_code', { code_id: code, discount_id: discountId })
  expect(await run(countedCodes)).toEqual(['d2 fewer_than_counted new: 1'])
})

it('a gap is a finding until it is filled', async () => {
  await room.opened.local.run(`insert into ops.loads (key, connection, state) values ('k', 'north', 'applied')`)
  await room.opened.local.run(
    `insert into ops.gaps (pipeline, connection, id, why, state, first_seen) values ('storefront.orders', 'north', 'id:>=7', 'FAILED', 'open', now())`,
  )
  expect(await run(gaps)).toEqual(['id:>=7 not_read new: FAILED'])
  await room.opened.local.run(`update ops.gaps set state = 'filled'`)
  expect(await run(gaps)).toEqual(['id:>=7 not_read resolved: FAILED'])
})
