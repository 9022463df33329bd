import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Contract } from '../../contracts/contract.ts'
import { deletion } from '../../contracts/storefront/deletion.ts'
import { order } from '../../contracts/storefront/order.ts'
import { orderLine } from '../../contracts/storefront/order-line.ts'
import { refund } from '../../contracts/storefront/refund.ts'
import { transaction } from '../../contracts/storefront/transaction.ts'
import type { Report } from '../../jobs/job.ts'
import { deletions } from '../../jobs/sources/shopify/deletions.ts'
import { pagedList } from '../../jobs/sources/shopify/pages.ts'
import { type Aside, presenceOf } from '../../jobs/sources/source.ts'
import { faultOf } from '../suite/warehouse.ts'
import { lineRecord, orderClaims, orderRecord } from './gate/orders.ts'
import { type Nights, nightsOf, type ScriptedObject } from './nights.ts'
import type { TestRoom } from './room.ts'

type Plain = Readonly<Record<string, unknown>>

let asides: readonly Aside[]

const presence = presenceOf(order, { kind: 'Order', key: { order_id: 'id' } })
const objects: readonly ScriptedObject[] = [
  { name: 'orders', claims: orderClaims },
  { name: 'sweep', claims: [presence], whole: true },
  { name: 'deletions', claims: pagedList(deletions).claims },
]
const contracts: readonly Contract[] = [order, orderLine, transaction, refund, deletion]

let room: TestRoom
let nights: Nights
beforeEach(async () => {
  asides = []
  nights = await nightsOf(objects, contracts)
  room = nights.room
})
afterEach(() => room.end())

/** Extracts and loads the records at that moment. */
const night = (pipeline: string, at: string, records: readonly unknown[]): Promise<Report> =>
  nights.night({ pipeline, at, records, asides })

const present = (...ids: readonly number[]): readonly Plain[] => ids.map(n => ({ id: `gid://shopify/Order/${n}` }))
const destroyed = (n: number, at: string): Plain => ({
  id: `gid://shopify/BasicEvent/${n}`,
  action: 'destroy',
  createdAt: at,
  subjectId: `gid://shopify/Order/${n}`,
  subjectType: 'ORDER',
})
const orders = (...ids: readonly number[]): readonly Plain[] => ids.map(n => orderRecord(n))

const gone = async (): Promise<readonly string[]> =>
  (
    await room.opened.query({
      sql: `select legacy_id || ' ' || _deleted_by || ' ' || strftime(_deleted_at, '%Y-%m-%d %H:%M') as gone from raw.storefront_order where _deleted_at is not null order by legacy_id`,
    })
  ).map(row => String(row.gone))

describe('an event that tells of a deletion', () => {
  it('marks the record and all below it, with the instant of the event', async () => {
    await night('orders', '2026-06-10T03:00:00Z', [...orders(1, 2), lineRecord(1)])
    const report = await night('deletions', '2026-06-11T03:00:00Z', [destroyed(1, '2026-06-10T12:30:00Z')])
    expect(await gone()).toEqual(['1 event 2026-06-10 12:30'])
    const below = ['storefront_order_line', 'storefront_transaction', 'storefront_refund'].map(
      table =>
        `select '${table}' as t, count(*) as n, count(_deleted_at) as dead from raw.${table} where order_id = 'gid://shopify/Order/1' group by 1`,
    )
    for (const { t, n, dead } of await room.opened.query({ sql: below.join(' union all ') }))
      expect([t, dead]).toEqual([t, n])
    expect(report.counts.gone).toBeGreaterThan(1)
  })

  it('marks nothing of the same name in another shop', async () => {
    await night('orders', '2026-06-10T03:00:00Z', [...orders(1), lineRecord(1)])
    for (const table of ['storefront_order', 'storefront_order_line', 'storefront_transaction', 'storefront_refund'])
      await room.opened.local.run(
        `insert into raw.${table} select * replace ('south' as _connection) from raw.${table}`,
      )
    await night('deletions', '2026-06-11T03:00:00Z', [destroyed(1, '2026-06-10T12:30:00Z')])
    const marked = ['storefront_order', 'storefront_order_line', 'storefront_transaction'].map(
      table => `select _connection, _deleted_at is not null as dead from raw.${table}`,
    )
    const rows = await room.opened.query({ sql: `select distinct * from (${marked.join(' union all ')}) order by all` })
    expect(rows).toEqual([
      { _connection: 'north', dead: true },
      { _connection: 'south', dead: false },
    ])
  })

  it('that comes before its record is heard all the same', async () => {
    await night('deletions', '2026-06-10T02:00:00Z', [destroyed(1, '2026-06-10T01:30:00Z')])
    await night('orders', '2026-06-10T03:00:00Z', orders(1, 2))
    expect(await gone()).toEqual(['1 event 2026-06-10 01:30'])
  })

  it('does not touch a record that changed after it', async () => {
    await night('orders', '2026-06-10T03:00:00Z', [{ ...orderRecord(1), updatedAt: '2026-06-09T00:00:00Z' }])
    await night('deletions', '2026-06-11T03:00:00Z', [destroyed(1, '2026-06-08T12:30:00Z')])
    expect(await gone()).toEqual([])
  })

  it('is not undone when an old version is read again', async () => {
    await night('orders', '2026-06-10T03:00:00Z', orders(1))
    await night('deletions', '2026-06-11T03:00:00Z', [destroyed(1, '2026-06-10T12:30:00Z')])
    await night('orders', '2026-06-12T03:00:00Z', orders(1))
    expect(await gone()).toEqual(['1 event 2026-06-10 12:30'])
  })
})

describe('a sweep', () => {
  it('finds what vanished without an event, and says so (airbyte#10281, #30246)', async () => {
    await night('orders', '2026-06-10T03:00:00Z', orders(1, 2, 3))
    const report = await night('sweep', '2026-06-14T03:00:00Z', present(1, 3))
    expect(await gone()).toEqual(['2 sweep 2026-06-14 03:00'])
    expect(report.counts).toMatchObject({ present: 2, rejected: 0 })
  })

  it('is outweighed by the event that tells of it later', async () => {
    await night('orders', '2026-06-10T03:00:00Z', orders(1, 2))
    await night('sweep', '2026-06-14T03:00:00Z', present(2))
    await night('deletions', '2026-06-15T03:00:00Z', [destroyed(1, '2026-06-13T12:30:00Z')])
    expect(await gone()).toEqual(['1 event 2026-06-13 12:30'])
  })

  it('leaves what was read after it began', async () => {
    await night('orders', '2026-06-14T04:00:00Z', orders(1, 2))
    await night('sweep', '2026-06-14T03:00:00Z', present(2))
    expect(await gone()).toEqual([])
  })

  it('does not take a record for gone whose line was bad', async () => {
    await night('orders', '2026-06-10T03:00:00Z', orders(1, 2))
    await night('sweep', '2026-06-14T03:00:00Z', [
      ...present(1),
      { id: 'gid://shopify/Order/2', name: Number.NaN, x: 1 },
    ])
    expect(await gone()).toEqual([])
  })

  it('takes nothing for gone while one of its lines cannot be told from any other', async () => {
    await night('orders', '2026-06-10T03:00:00Z', orders(1, 2, 3))
    await night('sweep', '2026-06-14T03:00:00Z', [...present(1), '{"id":"gid://shopify/Or'])
    expect(await gone()).toEqual([])
  })

  it('takes nothing for gone while a part of it could not be read', async () => {
    await night('orders', '2026-06-10T03:00:00Z', orders(1, 2, 3))
    asides = [{ kind: 'gap', gap: { id: 'sweep id:>=2 AND id:<=3', slice: {}, why: 'failed' } }]
    await night('sweep', '2026-06-14T03:00:00Z', present(1))
    expect(await gone()).toEqual([])
  })

  it('brings a record back that it sees again', async () => {
    await night('orders', '2026-06-10T03:00:00Z', orders(1, 2))
    await night('sweep', '2026-06-14T03:00:00Z', present(2))
    await night('orders', '2026-06-15T03:00:00Z', orders(1))
    expect(await gone()).toEqual([])
  })

  it('resolves no reject: that a record is there does not make it good', async () => {
    await night('orders', '2026-06-10T03:00:00Z', [...orders(2), { ...orderRecord(1), updatedAt: 'yesterday' }])
    await night('sweep', '2026-06-14T03:00:00Z', present(1, 2))
    const [open] = await room.opened.query({
      sql: `select count(*) as n from ops.rejects where state = 'open' and contract = 'storefront.order'`,
    })
    expect(open?.n).toBe(1n)
  })

  it('that misses too many stops: a lost right looks just the same', async () => {
    const many = Array.from({ length: 120 }, (_, n) => n + 1)
    await night('orders', '2026-06-10T03:00:00Z', orders(...many))
    const fault = await faultOf(night('sweep', '2026-06-14T03:00:00Z', present(...many.slice(0, 60))))
    expect(fault).toMatchObject({ kind: 'guard', what: expect.stringContaining('goneLimit') })
    expect(await gone()).toEqual([])
  })
})

it('a gap is remembered until it is filled', async () => {
  const states = async (): Promise<unknown> =>
    (await room.opened.query({ sql: 'select id, state from ops.gaps' })).map(({ id, state }) => `${id} ${state}`)
  asides = [{ kind: 'gap', gap: { id: 'orders id:>=7', slice: { ids: { from: 7, to: 7 } }, why: 'FAILED' } }]
  const report = await night('orders', '2026-06-10T03:00:00Z', orders(1))
  expect(report.counts.gaps).toBe(1)
  expect(await states()).toEqual(['orders id:>=7 open'])
  asides = [{ kind: 'filled', gap: 'orders id:>=7' }]
  await night('orders', '2026-06-11T03:00:00Z', orders(7))
  expect(await states()).toEqual(['orders id:>=7 filled'])
})
