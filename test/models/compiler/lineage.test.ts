import { describe, expect, test } from 'vitest'
import { knownLineage, lineageOf, readsColumn } from '../../../models/compiler/lineage.ts'
import { loadParser } from '../../../models/compiler/polyglot.ts'
import type { Model } from '../../../models/model.ts'
import type { ColumnType } from '../../../models/warehouse/warehouse.ts'

await loadParser()

const text = (...names: readonly string[]): readonly ColumnType[] => names.map(name => ({ name, type: 'VARCHAR' }))
const columns = new Map([
  ['staging.orders', text('order_id', 'customer_id', 'total', 'is_test')],
  ['staging.customers', text('customer_id', 'name', 'email')],
])

function follow(sql: string, gives: readonly string[]) {
  const model = { relation: 'marts.x', reads: [...columns.keys()], sql } as unknown as Model
  return lineageOf(model, new Map([...columns, ['marts.x', text(...gives)]]))
}

describe('the lineage of a query', () => {
  test('names of each column what it is made of, through stars, expressions, joins and common table expressions', () => {
    const {
      columns: found,
      uses,
      known,
    } = follow(
      `with o as (select *, total * 2 as twice from staging.orders as x where not is_test)
       select o.order_id, sum(o.twice) as doubled, c.name || c.email as person, count(*) as times, $now as at_night
       from o left join staging.customers as c using (customer_id) group by all`,
      ['order_id', 'doubled', 'person', 'times', 'at_night'],
    )
    expect(Object.fromEntries(found)).toEqual({
      order_id: ['staging.orders.order_id'],
      doubled: ['staging.orders.total'],
      person: ['staging.customers.email', 'staging.customers.name'],
      times: [],
      at_night: [],
    })
    expect(uses).toEqual(
      expect.arrayContaining(['staging.orders.is_test', 'staging.orders.customer_id', 'staging.customers.customer_id']),
    )
    expect(known).toBe(true)
  })

  test('goes through both sides of a union', () => {
    const { columns: found } = follow(
      'select order_id as id from staging.orders union all select customer_id from staging.customers',
      ['id'],
    )
    expect(found.get('id')).toEqual(['staging.customers.customer_id', 'staging.orders.order_id'])
  })

  test('says whether a model would notice that a column went', () => {
    const lineage = follow('select order_id from staging.orders where not is_test', ['order_id'])
    expect(['order_id', 'is_test', 'total'].map(column => readsColumn(lineage, `staging.orders.${column}`))).toEqual([
      true,
      true,
      false,
    ])
  })

  test('counts a column that only a part mentions which gives nothing to the result: without it the query fails', () => {
    const lineage = follow('with b as (select total from staging.orders) select count(*) as n from b', ['n'])
    expect([readsColumn(lineage, 'staging.orders.total'), readsColumn(lineage, 'staging.orders.is_test')]).toEqual([
      true,
      false,
    ])
  })

  test('that cannot be followed may mean every column', () => {
    const lineage = follow('select 7 // 2 as x from staging.orders', ['x'])
    expect([lineage.known, readsColumn(lineage, 'staging.orders.total')]).toEqual([false, true])
  })
})

test('the lineage of a query is found out once over the same columns', () => {
  const kept = new Map<string, unknown>()
  const cache = {
    get: (key: string) => kept.get(key),
    set: (key: string, value: unknown) => void kept.set(key, JSON.parse(JSON.stringify(value))),
    save: async () => undefined,
  }
  const model = {
    relation: 'marts.x',
    reads: ['staging.orders'],
    sql: 'select order_id from staging.orders where not is_test',
  } as unknown as Model
  const all = new Map([...columns, ['marts.x', text('order_id')]])
  const first = knownLineage(cache, all)(model)
  expect(kept.size).toBe(1)
  expect(knownLineage(cache, all)(model)).toEqual(first)
  expect(kept.size).toBe(1)
  knownLineage(cache, new Map([...all, ['staging.orders', text('order_id', 'is_test', 'more')]]))(model)
  expect(kept.size).toBe(2)
})
