import { describe, expect, test } from 'vitest'
import type { Lineage } from '../../models/compiler/lineage.ts'
import type { Model } from '../../models/model.ts'
import { type PlanTerms, planModels, type Standing } from '../../models/plan.ts'

const now = '2026-06-30T02:00:00.000000Z'
const model = (relation: string, reads: readonly string[] = []): Model =>
  ({ relation, reads, own: 'own', told: 'header', fingerprint: 'print' }) as unknown as Model
const text = (...names: readonly string[]) => names.map(name => ({ name, type: 'VARCHAR' }))
const orders = model('marts.orders')
const stands: Standing = {
  fingerprint: 'print',
  own: 'own',
  header: 'header',
  rows: 7n,
  publishedAt: now,
  columns: text('id', 'total'),
}

function planned(standing: Partial<Standing> | undefined, more: Partial<PlanTerms> = {}) {
  const [first] = planModels({
    chosen: [orders],
    models: [orders, model('marts.customers', ['marts.orders'])],
    columns: new Map([['marts.orders', text('id', 'total')]]),
    standing: new Map(standing === undefined ? [] : [['marts.orders', { ...stands, ...standing }]]),
    readers: [
      { name: 'sync to-crm', relation: 'marts.orders', columns: ['total'] },
      { name: 'dashboard Sales', relation: 'marts.orders', columns: 'all' },
    ],
    now,
    backfill: () => undefined,
    lineage: (): Lineage => ({
      columns: new Map([['x', ['marts.orders.total']]]),
      uses: [],
      mentioned: new Set(),
      known: true,
    }),
    ...more,
  })
  if (first === undefined) throw new Error('nothing was planned')
  return first
}

describe('a plan', () => {
  test.each([
    [undefined, 'new'],
    [{ own: 'another', fingerprint: 'another' }, 'logic changed'],
    [{ fingerprint: 'another' }, 'upstream changed'],
    [{ header: 'another' }, 'header changed'],
    [{ publishedAt: '2026-06-29T02:00:00.000000Z' }, 'stale'],
    [{}, 'unchanged'],
  ] as const)('of what stands as %j is: %s', (standing, reason) => {
    expect(planned(standing).reason).toBe(reason)
  })

  test('names the columns that came, went and changed their type', () => {
    expect(planned({ columns: [{ name: 'id', type: 'BIGINT' }, ...text('tax')] }).columns).toEqual([
      { column: 'id', change: 'retyped', from: 'BIGINT', to: 'VARCHAR' },
      { column: 'tax', change: 'removed', from: 'VARCHAR' },
      { column: 'total', change: 'added', to: 'VARCHAR' },
    ])
  })

  test('breaks the models, syncs and dashboards that read a column which went, and no others', () => {
    const columns = new Map([['marts.orders', text('id')]])
    expect(planned({}, { columns }).breaks).toEqual([
      'marts.customers (total)',
      'sync to-crm (total)',
      'dashboard Sales (total)',
    ])
    expect(planned({}, { columns: new Map([['marts.orders', text('total')]]) }).breaks).toEqual([
      'dashboard Sales (id)',
    ])
  })

  test('breaks nobody by a column that came, and asks then for no lineage', () => {
    const lineage = (): Lineage => {
      throw new Error('it was asked for')
    }
    expect(planned({}, { columns: new Map([['marts.orders', text('id', 'total', 'tax')]]), lineage }).breaks).toEqual(
      [],
    )
  })
})
