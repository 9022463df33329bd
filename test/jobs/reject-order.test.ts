import { afterEach, describe, expect, it } from 'vitest'
import { order } from '../../contracts/storefront/order.ts'
import { listRejects } from '../../jobs/rejects.ts'
import { orderClaims, orderRecord } from './gate/orders.ts'
import { type Nights, nightsOf } from './nights.ts'

let nights: Nights
afterEach(() => nights.room.end())

const claims = orderClaims.filter(({ contract }) => contract.name === order.name)
const [early, late] = ['2026-06-10T03:00:00Z', '2026-06-10T04:00:00Z']
const bad = (currency: string): object => ({ ...orderRecord(1), currencyCode: currency })
const good = { ...orderRecord(1), updatedAt: '2026-06-09T00:00:00Z' }

interface Loaded {
  readonly at: string
  readonly record: object
}

/** The rejects that stand when landings of two pipelines were loaded one after the other: the currency that was refused, and its state. */
async function rejectsOf(...loads: readonly Loaded[]): Promise<readonly string[]> {
  nights = await nightsOf(
    [
      { name: 'a', claims },
      { name: 'b', claims },
    ],
    [order],
  )
  for (const [n, { at, record }] of loads.entries())
    await nights.night({ pipeline: n % 2 === 0 ? 'a' : 'b', at, records: [record] })
  const rows = await nights.room.opened.query({
    sql: `select json_extract_string(raw, '$.currencyCode') || ' ' || state as reject from ops.rejects order by 1`,
  })
  return rows.map(({ reject }) => String(reject))
}

describe('of two forms in which a record was refused', () => {
  it('the one that was read later stays open, whichever landing is loaded first', async () => {
    const [one, two] = [
      { at: early, record: bad('EARLY') },
      { at: late, record: bad('LATE') },
    ] as const
    const found = await rejectsOf(one, two)
    expect(found).toEqual(['EARLY resolved', 'LATE open'])
    await nights.room.end()
    expect(await rejectsOf(two, one)).toEqual(found)
  })

  it('and that were read at one moment the same stays open, whichever landing is loaded first', async () => {
    const [one, two] = [
      { at: early, record: bad('ONE') },
      { at: early, record: bad('TWO') },
    ] as const
    const found = await rejectsOf(one, two)
    expect(found.filter(each => each.endsWith('open'))).toHaveLength(1)
    await nights.room.end()
    expect(await rejectsOf(two, one)).toEqual(found)
  })
})

it('a record that was refused is resolved by a later reading, and not by an earlier one', async () => {
  expect(await rejectsOf({ at: early, record: bad('BAD') }, { at: late, record: good })).toEqual(['BAD resolved'])
  await nights.room.end()
  expect(await rejectsOf({ at: late, record: bad('BAD') }, { at: early, record: good })).toEqual(['BAD open'])
})

it('a landing that is loaded again opens no reject that has been resolved since, and a later reading does', async () => {
  const refused = { at: early, record: bad('BAD') }
  expect(await rejectsOf(refused, { at: late, record: good }, refused)).toEqual(['BAD resolved'])
  await nights.room.end()
  expect(
    await rejectsOf(refused, { at: late, record: good }, { at: '2026-06-10T05:00:00Z', record: bad('BAD') }),
  ).toEqual(['BAD open'])
  expect(await listRejects(nights.room.opened, { limit: 5 })).toHaveLength(1)
})

it('a record that is accepted says of none but its own reject that it is corrected', async () => {
  expect(await rejectsOf({ at: early, record: bad('BAD') })).toEqual(['BAD open'])
  const { opened } = nights.room
  for (const other of [
    `'other' as connection`,
    `'storefront.refund' as contract`,
    `'other' as connection, 'storefront.refund' as contract`,
  ])
    await opened.local.run(
      `insert into ops.rejects select * replace (${other}, id || ' ' || md5($$${other}$$) as id) from ops.rejects where connection = 'north' and contract = 'storefront.order'`,
    )
  const { counts } = await nights.night({ pipeline: 'b', at: late, records: [good] })
  expect(counts).toMatchObject({ rejected: 0, corrected: 1 })
  const rows = await opened.query({ sql: 'select connection, contract, state from ops.rejects order by all' })
  expect(rows.map(row => Object.values(row).join(' '))).toEqual([
    'north storefront.order resolved',
    'north storefront.refund open',
    'other storefront.order open',
    'other storefront.refund open',
  ])
})
