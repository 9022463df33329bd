import { expect, expectTypeOf, test } from 'vitest'
import { loyaltyToCrm } from '../../jobs/syncs/loyalty.ts'
import { syncOf } from '../../jobs/syncs/sync.ts'
import type { ModelTables, TablesOf } from '../../models/tables.ts'
import { duckdbBuilder, statementOf } from '../../models/warehouse/duckdb/dialect.ts'

const build = duckdbBuilder<ModelTables>()

test('a query over models is typed by what they give, and one that names no column of theirs does not compile', () => {
  const query = build.selectFrom('marts.customer_loyalty').select(['customer_id', 'loyalty_score'])
  expect(statementOf(query).sql).toBe('select "customer_id", "loyalty_score" from "marts"."customer_loyalty"')
  // @ts-expect-error the model gives no such column
  build.selectFrom('marts.customer_loyalty').select('loyalty_scor')
  // @ts-expect-error there is no such model
  build.selectFrom('marts.customer_loyalti')
})

test('a sync names only columns that its model gives', () => {
  const sync = syncOf<ModelTables>()
  const base = { ...loyaltyToCrm, model: 'marts.customer_loyalty', id: 'customer_id', asOf: 'as_of' } as const
  const fields = { loyalty_tier: 'tier' }
  expect(sync({ ...base, fields })).toMatchObject({ fields })
  // @ts-expect-error the model gives no such column
  sync({ ...base, fields: { loyalty_tyer: 'tier' } })
  // @ts-expect-error nor this one
  sync({ ...base, fields, id: 'customer' })
})

test('each kind is read as the warehouse gives it', () => {
  type Tables = TablesOf<{
    'a.b': { id: { text: string }; n: { integer: string }; total: { decimal: string }; is_new: { flag: string } }
  }>
  expectTypeOf<Tables['a.b']['id']>().toEqualTypeOf<string | null>()
  expectTypeOf<Tables['a.b']['n']>().toEqualTypeOf<bigint | null>()
  expectTypeOf<Tables['a.b']['total']>().toEqualTypeOf<string | null>()
  expectTypeOf<Tables['a.b']['is_new']>().toEqualTypeOf<boolean | null>()
})
