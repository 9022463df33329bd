import { expect, test } from 'vitest'
import { besideOf } from '../../models/beside.ts'
import { loadParser } from '../../models/compiler/polyglot.ts'
import type { Model } from '../../models/model.ts'

await loadParser()

test('a model beside production reads there what is built there, and all else from production, on the same lines', () => {
  const model = {
    relation: 'marts.customers',
    sql: `with a as (select * from marts.orders as o)\nselect 'from marts.orders' as words, a.* -- marts.orders\nfrom a join staging."Odd" using (id) join marts.orders using (id)`,
    reads: ['marts.orders', 'staging.Odd'],
    audits: () => [{ name: 'refers', sql: 'select 1 from made where id not in (select id from marts.orders)' }],
  } as unknown as Model
  const beside = besideOf(model, { name: 'alice', models: ['marts.orders', 'marts.customers'] })
  expect(beside.relation).toBe('alice__marts.customers')
  expect(beside.sql).toBe(
    `with a as (select * from "alice__marts"."orders" as o)\nselect 'from marts.orders' as words, a.* -- marts.orders\nfrom a join staging."Odd" using (id) join "alice__marts"."orders" using (id)`,
  )
  expect(beside.reads).toEqual(['alice__marts.orders', 'staging.Odd'])
  expect(beside.audits({ rows: 'made', all: 'x', now: '' })[0]?.sql).toBe(
    'select 1 from made where id not in (select id from "alice__marts"."orders")',
  )
})
