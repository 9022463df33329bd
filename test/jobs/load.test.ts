import { describe, expect, it } from 'vitest'
import type { Report } from '../../jobs/job.ts'
import { load } from '../../jobs/load.ts'
import { contractsOf } from '../../jobs/load-parts.ts'
import { rawRelation } from '../../models/warehouse/raw.ts'
import { codes, day, inRooms, night, orderIds, orders, room, standing } from './delivered.ts'
import { lineRecord, orderClaims, orderRecord } from './gate/orders.ts'

inRooms()

/** Loads a landing that stands once more, without asking the source. */
function again(pipeline: string, n: number): Promise<Report> {
  const args = { pipeline, connection: 'north', interval: day(n), closes: false, again: 'replay-1' }
  room.token += 1
  return load.run(room, {
    id: 'load',
    job: 'load',
    args,
    after: [],
    writes: contractsOf(orderClaims).map(rawRelation),
    risk: 'financial',
  })
}

const discount = {
  allocatedAmountSet: { shopMoney: { amount: '1.00' } },
  discountApplication: { __typename: 'DiscountCodeApplication', index: 0, code: 'WELCOME10' },
}
describe('a good landing', () => {
  it('is loaded with its children, counted, and a second load of it changes nothing', async () => {
    const report = await night('orders', [orders(orderRecord(1), lineRecord(1), orderRecord(2), lineRecord(2))])
    expect(report.counts).toEqual({ in: 4, loaded: 10, rejected: 0, unclaimed: 0 })
    const before = await room.opened.query({ sql: 'select * from raw.storefront_order order by all' })
    const again = await night('orders', [orders(orderRecord(1), lineRecord(1), orderRecord(2), lineRecord(2))])
    expect(again.counts).toEqual(report.counts)
    expect(await room.opened.query({ sql: 'select * from raw.storefront_order order by all' })).toEqual(before)
  })

  it('that a person asked for once more is read anew, also where it is what was delivered before', async () => {
    await night('orders', [orders(orderRecord(1))])
    await room.opened.local.run(`update raw.storefront_order set _deleted_at = _extracted_at, _deleted_by = 'sweep'`)
    room.token += 1
    await night('orders', [orders(orderRecord(1))], { day: 0, asked: '2026-06-30T03:00:00.000000Z' })
    expect(await standing('select legacy_id from raw.storefront_order where _deleted_at is null')).toHaveLength(1)
  })

  it('keeps every amount to the last digit (sling#636; airbyte#48745)', async () => {
    await night('orders', [
      orders({ ...orderRecord(1), totalPriceSet: { shopMoney: { amount: '123456789012345678.0125' } } }),
    ])
    expect(await standing('select total from raw.storefront_order')).toEqual(['123456789012345678.012500000'])
  })

  it('lets the newest version win, in whichever order the versions come', async () => {
    const older = { ...orderRecord(1), updatedAt: '2026-05-01T01:00:00Z', totalTaxSet: { shopMoney: { amount: '1' } } }
    const newer = { ...orderRecord(1), updatedAt: '2026-05-02T01:00:00Z', totalTaxSet: { shopMoney: { amount: '2' } } }
    await night('orders', [orders(newer, older)], 0)
    expect(await standing('select total_tax from raw.storefront_order')).toEqual(['2.000000000'])
    await night('orders', [orders(older)], 1)
    expect(await standing('select total_tax from raw.storefront_order')).toEqual(['2.000000000'])
  })

  it('keeps a reject for each bad record of one line, and says in which file', async () => {
    const [good] = orderRecord(1).transactions as readonly object[]
    const bad = [81, 82].map(id => ({ ...good, id: `gid://shopify/OrderTransaction/${id}`, kind: 'GIFT' }))
    const report = await night('orders', [orders({ ...orderRecord(1), transactions: bad })])
    expect(report.counts).toMatchObject({ rejected: 2 })
    expect(await codes()).toEqual([
      'storefront.transaction gid://shopify/OrderTransaction/81 kind: form',
      'storefront.transaction gid://shopify/OrderTransaction/82 kind: form',
    ])
    expect(await standing('select distinct file from ops.rejects')).toEqual(['orders.jsonl'])
  })

  it('knows a child that waits for its parent again, wherever it stands in the next file', async () => {
    await night('orders', [orders(orderRecord(2), lineRecord(1))], 0)
    await night('orders', [orders(orderRecord(3), orderRecord(2), lineRecord(1))], 1)
    expect(await standing('select state from ops.rejects')).toEqual(['open'])
  })

  it('stops where more lines are of no contract than the limit allows', async () => {
    const strays = Array.from({ length: 40 }, (_, n) => ({ id: `gid://shopify/MediaImage/${n + 1}` }))
    await expect(night('orders', [orders(orderRecord(1), ...strays)])).rejects.toMatchObject({
      what: '40 of 41 records are of no contract, and the limit is 1 %; the load was stopped',
      where: 'unclaimed',
    })
    expect(await orderIds()).toEqual([])
  })

  it('of nothing at all closes its interval, and says that nothing came', async () => {
    const report = await night('orders', [])
    expect(report.counts).toEqual({ in: 0, loaded: 0, rejected: 0, unclaimed: 0 })
    expect(await standing('select state from ops.loads')).toEqual(['applied'])
    expect(await orderIds()).toEqual([])
  })

  it('of a file without a line beside one with some loads what there is, and leaves nothing of its work standing', async () => {
    const none = { name: 'none.jsonl', bytes: Buffer.from('\n') }
    const report = await night('orders', [none, orders(orderRecord(1), lineRecord(1))])
    expect(report.counts).toMatchObject({ in: 2, loaded: 5 })
    expect(await orderIds()).toEqual(['1'])
    expect(await standing(`select database_name from duckdb_databases() where database_name = 'gate'`)).toEqual([])
  })

  it('takes of two versions in one landing only the children of the newer', async () => {
    const paid = (id: number) => [
      { ...(orderRecord(1).transactions as readonly object[])[0], id: `gid://shopify/OrderTransaction/${id}` },
    ]
    const older = { ...orderRecord(1), updatedAt: '2026-05-01T01:00:00Z', transactions: paid(71) }
    const newer = { ...orderRecord(1), updatedAt: '2026-05-02T01:00:00Z', transactions: paid(72) }
    await night('orders', [orders(newer, older)])
    expect(await standing('select transaction_id from raw.storefront_transaction')).toEqual([
      'gid://shopify/OrderTransaction/72',
    ])
  })

  it('replaces children as a set, so that a removed line does not stay', async () => {
    const second = { ...lineRecord(1), id: 'gid://shopify/LineItem/77' }
    await night('orders', [orders(orderRecord(1), lineRecord(1), second)], 0)
    await night(
      'orders',
      [orders({ ...orderRecord(1), updatedAt: '2026-05-09T00:00:00Z', transactions: [] }, lineRecord(1))],
      1,
    )
    expect(await standing('select line_id from raw.storefront_order_line')).toEqual(['gid://shopify/LineItem/13'])
    expect(await standing('select count(*) from raw.storefront_transaction')).toEqual([0n])
  })

  it('replaces the children of children with them, however deep', async () => {
    const goods = (n: number) => ({
      id: 'gid://shopify/Return/5',
      __parentId: 'gid://shopify/Order/1',
      name: '#1-R1',
      status: 'OPEN',
      createdAt: '2026-05-03T00:00:00Z',
      closedAt: null,
      totalQuantity: n,
    })
    const returned = (n: number) => ({
      id: `gid://shopify/ReturnLineItem/${n}`,
      __parentId: 'gid://shopify/Return/5',
      fulfillmentLineItem: { lineItem: { id: 'gid://shopify/LineItem/13' } },
      quantity: 1,
      refundedQuantity: 0,
      returnReasonDefinition: null,
    })
    const discounted = { ...lineRecord(1), discountAllocations: [discount] }
    await night('orders', [orders(orderRecord(1), discounted, returned(1), returned(2), goods(2))], 0)
    const lines = (): Promise<readonly unknown[]> =>
      standing('select return_line_id from raw.storefront_return_line order by all')
    expect(await lines()).toEqual(['gid://shopify/ReturnLineItem/1', 'gid://shopify/ReturnLineItem/2'])
    expect(await standing('select code from raw.storefront_line_discount')).toEqual(['WELCOME10'])
    const changed = { ...orderRecord(1), updatedAt: '2026-05-09T00:00:00Z' }
    await night('orders', [orders(changed, lineRecord(1), goods(1), returned(2))], 1)
    expect(await lines()).toEqual(['gid://shopify/ReturnLineItem/2'])
    expect(await standing('select count(*) from raw.storefront_line_discount')).toEqual([0n])
    await night('orders', [orders({ ...changed, updatedAt: '2026-05-10T00:00:00Z' }, lineRecord(1))], 2)
    expect(await lines()).toEqual([])
  })

  it('keeps what hangs on a rejected record waiting, however deep', async () => {
    const discounted = { ...lineRecord(1), discountAllocations: [discount] }
    await night('orders', [orders({ ...orderRecord(1), currencyCode: 'EURO' }, discounted)])
    expect(await codes()).toContain('storefront.line_discount gid://shopify/LineItem/13|0 line_id: parent_rejected')
    expect(await standing('select count(*) from raw.storefront_line_discount')).toEqual([0n])
  })

  it('loaded again writes what was lost, and never an older version over a newer', async () => {
    await night('orders', [orders(orderRecord(1), orderRecord(2), lineRecord(1))], 0)
    await night('orders', [orders({ ...orderRecord(2), updatedAt: '2026-05-02T00:00:00Z', name: '#newer' })], 1)
    await room.opened.local.run(`delete from raw.storefront_order where legacy_id = '1'`)
    await room.opened.local.run(`update raw.storefront_order_line set title = null`)
    expect(await again('orders', 0)).toMatchObject({ counts: { in: 3, loaded: 9 } })
    expect(await standing(`select name from raw.storefront_order order by legacy_id`)).toEqual(['#1', '#newer'])
    expect(await standing(`select title from raw.storefront_order_line`)).toEqual(['A shirt'])
  })

  it('resolves a reject when its record comes back good', async () => {
    await night('orders', [orders({ ...orderRecord(1), currencyCode: 'EURO' })], 0)
    expect(await codes()).toHaveLength(4)
    await night('orders', [orders({ ...orderRecord(1), updatedAt: '2026-05-09T00:00:00Z' })], 1)
    expect(await codes()).toEqual([])
    expect(await standing(`select distinct state from ops.rejects`)).toEqual(['resolved'])
  })
})
