import { beforeAll, describe, expect, it } from 'vitest'
import { contractsOf } from '../../jobs/load-parts.ts'
import { listRejects } from '../../jobs/rejects.ts'
import { chance } from '../../sandbox/random.ts'
import { lineRecord, orderClaims, orderRecord } from './gate/orders.ts'
import { nightsOf } from './nights.ts'

type Plain = Readonly<Record<string, unknown>>

const orders = [1, 2, 3, 4, 5, 6]
const parentOf = (n: number): Plain => ({ __parentId: `gid://shopify/Order/${n}` })

const line = (n: number, at: number): Plain => ({
  ...lineRecord(n),
  id: `gid://shopify/LineItem/${n}${at}`,
  title: `Shirt ${at}`,
  discountAllocations: [
    {
      allocatedAmountSet: { shopMoney: { amount: '1.00' } },
      discountApplication: { __typename: 'DiscountCodeApplication', index: 0, code: `CODE${at}` },
    },
  ],
})
const returned = (n: number): Plain => ({
  id: `gid://shopify/Return/${n}`,
  ...parentOf(n),
  name: `#${n}-R1`,
  status: 'OPEN',
  createdAt: '2026-05-03T00:00:00Z',
  closedAt: null,
  totalQuantity: 1,
})
const returnedLine = (n: number, at: number): Plain => ({
  id: `gid://shopify/ReturnLineItem/${n}${at}`,
  __parentId: `gid://shopify/Return/${n}`,
  fulfillmentLineItem: { lineItem: { id: `gid://shopify/LineItem/${n}${at}` } },
  quantity: 1,
  refundedQuantity: 0,
  returnReasonDefinition: null,
})

/** An order with all below it, parents first. */
const family = (n: number, order: Plain, lines: readonly number[]): readonly Plain[] => [
  { ...orderRecord(n), ...order },
  ...lines.map(at => line(n, at)),
  returned(n),
  ...lines.map(at => returnedLine(n, at)),
]

/** What comes first: good orders; one that is older than its neighbour, one that is bad, and a line whose order does not come. */
const firstFile: readonly Plain[] = [
  ...orders.flatMap(n => family(n, {}, [1, 2, 3])),
  { ...orderRecord(2), updatedAt: '2026-04-30T00:00:00Z', createdAt: '2026-04-30T00:00:00Z', name: '#older' },
  ...family(7, { currencyCode: 'EURO' }, [1, 2]),
  line(9, 1),
]
/** What comes later: some orders have changed, and have lost a line and a returned one. */
const secondFile = orders.slice(2).flatMap(n => family(n, { updatedAt: '2026-06-10T12:00:00Z', name: '#new' }, [2, 4]))

/** All that a house holds after two nights that bring these lines, but for where in its file each stood. */
async function house(inOrder: (records: readonly Plain[]) => readonly Plain[]): Promise<readonly string[]> {
  const { room, night } = await nightsOf([{ name: 'orders', claims: orderClaims }], contractsOf(orderClaims))
  const { opened } = room
  const found: string[] = []
  for (const [at, records] of [
    ['2026-06-10T03:00:00Z', firstFile],
    ['2026-06-11T03:00:00Z', secondFile],
  ] as const) {
    const { counts } = await night({ pipeline: 'orders', at, records: inOrder(records) })
    found.push(`${at} ${JSON.stringify(counts)}`)
    for (const { contract, key, codes } of await listRejects(opened, { limit: 100 }))
      found.push(`${at} ${contract} ${key} ${codes}`)
    for (const contract of contractsOf(orderClaims)) {
      const table = `raw.${contract.name.replace('.', '_')}`
      const rows = await opened.query({ sql: `select columns(c -> c not in ('_load', '_position')) from ${table}` })
      found.push(...rows.map(row => `${at} ${table} ${Object.values(row).join(' ')}`))
    }
  }
  await room.end()
  return found.sort()
}

const shuffled =
  (seed: number) =>
  (records: readonly Plain[]): readonly Plain[] =>
    records
      .map((record, n) => ({ record, place: chance(seed, n) }))
      .sort((a, b) => a.place - b.place)
      .map(({ record }) => record)

describe('a result whose lines come in any order (shopify-api-ruby#729)', () => {
  let expected: readonly string[]
  beforeAll(async () => {
    expected = await house(records => records)
  }, 20_000)

  it('is loaded with every child, and keeps apart what waits for a bad parent and what has none', () => {
    expect(
      expected.filter(row => row.startsWith('2026-06-10') && row.includes('raw.storefront_order_line ')),
    ).toHaveLength(18)
    expect(
      expected.filter(row => row.startsWith('2026-06-11') && row.includes('raw.storefront_return_line ')),
    ).toHaveLength(14)
    expect(expected.filter(row => row.endsWith('order_id: parent_missing'))).toHaveLength(2)
    expect(expected.filter(row => row.endsWith('parent_rejected')).length).toBeGreaterThan(10)
  })

  it.each<[string, (records: readonly Plain[]) => readonly Plain[]]>([
    ['children and their children before their parents', records => records.toReversed()],
    ['as it happens', shuffled(1)],
    ['and again as it happens', shuffled(2)],
  ])(
    'leaves the same warehouse and the same rejects as one that brings parents first: %s',
    async (_, inOrder) => {
      expect(await house(inOrder)).toEqual(expected)
    },
    20_000,
  )
})
