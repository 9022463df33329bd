import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type DbtProject, dbtFiles, dbtNode, dbtSource, dbtTest } from './dbt-project.ts'
import { type ModelProject, modelProject } from './model-project.ts'

let project: ModelProject
beforeEach(() => {
  project = modelProject()
})
afterEach(() => project.remove())

const orders = dbtNode('seed', 'ref.orders')
const ordersFile = {
  'seeds/orders.csv': 'id,label,amount,seen\n1,x,10.00,2026-06-01 00:00:00\n2,z,9.99,2026-06-02 00:00:00\n',
}

const imports = (dbt: DbtProject, ...more: readonly string[]) => {
  project.write(dbtFiles({ ...dbt, files: { ...ordersFile, ...dbt.files } }))
  return project.boomerang('model', 'import', 'old', ...more)
}
const text = (file: string): string => readFileSync(join(project.root, file), 'utf8')
const stands = (file: string): boolean => existsSync(join(project.root, file))

const select = 'select id, label, amount, seen from "db"."ref"."orders"'
const big = (config: object, more: object = {}) =>
  dbtNode('model', 'marts.big', { compiled_code: select, config, ...more })
const headerOf = (file: string): string => text(file).slice(0, text(file).indexOf('*/'))

describe('an incremental model', () => {
  const raw = `select * from {{ ref('orders') }}
{% if is_incremental() %}
where seen > (select max(seen) from {{ this }})
{% endif %}`
  const increment = (config: object, raw_code = raw) =>
    imports({
      nodes: [orders, big({ materialized: 'incremental', ...config }, { raw_code })],
      files: { 'models/big.sql': raw_code },
    })

  test('keeps dbt’s filter in sight, and leaves its own to be written, at the line of dbt’s', async () => {
    const { code, out } = await increment({ incremental_strategy: 'merge', unique_key: 'id' })
    expect(out).toContain(
      'models/big.sql:2 the query has no filter of its time yet; dbt\'s was "where seen > (select max(seen) from {{ this }})"',
    )
    expect(out).toContain("Write where seen >= $start and seen < $end where dbt's filter stood, and since:")
    expect(text('models/marts/big.sql')).toMatch(
      /\n-- open: where seen >= \$start and seen < \$end\n-- dbt filtered so:\n-- {3}where seen > /,
    )
    expect(out).toContain('1 with work left')
    expect(out).toContain('2 models, no mistake.')
    expect(code).toBe(1)
  })

  test.each([
    [{ incremental_strategy: 'merge', unique_key: 'ID' }, 'strategy: merge\nkey: [id]\ntime: seen\n'],
    [{ unique_key: ['id', 'label'] }, 'strategy: merge\nkey: [id, label]\n'],
    [{}, 'strategy: append\ntime: seen\n'],
    [
      { incremental_strategy: 'delete+insert', unique_key: 'label' },
      'strategy: overwrite\ntime: seen\npartition: [label]\n',
    ],
    [
      { incremental_strategy: 'insert_overwrite', partition_by: { field: 'label', data_type: 'date' } },
      'strategy: overwrite\ntime: seen\npartition: [label]\n',
    ],
    [{ on_schema_change: 'append_new_columns' }, 'schema_change: extend\n'],
  ])('brings rows as dbt did with %j', async (config, words) => {
    expect((await increment(config)).out).toContain('no mistake')
    expect(headerOf('models/marts/big.sql')).toContain(words)
  })

  test('that dbt compiled as an increment reads itself, and is not carried', async () => {
    const itself = `${select} where seen > (select max(seen) from "db"."marts"."big")`
    const { code, out } = await imports({
      nodes: [orders, big({ materialized: 'incremental' }, { compiled_code: itself })],
    })
    expect(out).toContain('models/big.sql:1 dbt compiled the query of an increment')
    expect(out).toContain('dbt compile --full-refresh')
    expect(stands('models/marts/big.sql')).toBe(false)
    expect(code).toBe(1)
  })

  test('of batches becomes intervals of their length', async () => {
    const { out } = await increment(
      {
        incremental_strategy: 'microbatch',
        event_time: 'seen',
        batch_size: 'day',
        lookback: 3,
        begin: '2026-01-01T00:00:00',
      },
      'select 1',
    )
    expect(headerOf('models/marts/big.sql')).toContain(
      'strategy: delete+insert\ntime: seen\nlookback: 3d\ngrain: day\nsince: 2026-01-01\n',
    )
    expect(out).toContain('no mistake')
    expect(out).not.toContain('and since:')
  })

  test('of which no time or no strategy is known is a table until a person says more', async () => {
    const { out } = await increment({}, 'select 1')
    expect(headerOf('models/marts/big.sql')).toContain('kind: table\n')
    expect(out).toContain('the column of its time is not known')
    project.remove()
    project = modelProject()
    expect((await increment({ incremental_strategy: 'my_own' })).out).toContain('nothing here is its strategy my_own')
    expect(headerOf('models/marts/big.sql')).toContain('kind: table\n')
  })
})

test.each([['materialized_view', 'view', 'kept it fresh by itself']])(
  '%s is a %s, and listed',
  async (how, kind, said) => {
    const { out } = await imports({ nodes: [orders, big({ materialized: how })] })
    expect(headerOf('models/marts/big.sql')).toContain(`kind: ${kind}`)
    expect(out).toContain(said)
  },
)

test.each([
  [
    'of a materialisation that nobody knows here',
    { config: { materialized: 'dynamic_table' } },
    'nothing here is materialized as dynamic_table',
  ],
  ['written in Python', { language: 'python' }, 'it is written in python'],
  ['that dbt did not compile', { compiled_code: null }, 'dbt did not compile it'],
])('a model %s is not carried at all', async (_, more, said) => {
  const other = dbtNode('model', 'marts.other', { compiled_code: 'select 1 as id' })
  const { code, out } = await imports({ nodes: [orders, big({}, more), other] })
  expect(out).toContain(said)
  expect(out).toContain('1 not at all')
  expect(stands('models/marts/big.sql')).toBe(false)
  expect(code).toBe(1)
})

describe('a snapshot', () => {
  const snapshot = (config: object, more: object = {}) =>
    imports({ nodes: [orders, dbtNode('snapshot', 'history.kept', { compiled_code: select, config, ...more })] })

  test.each([
    [{ strategy: 'timestamp', updated_at: 'seen', unique_key: 'id' }, 'key: [id]\ntime: seen\ngone: keep\n'],
    [
      { strategy: 'timestamp', updated_at: 'seen', unique_key: 'id', hard_deletes: 'invalidate' },
      'key: [id]\ntime: seen\n*',
    ],
    [
      { strategy: 'check', check_cols: ['label', 'amount'], unique_key: ['id'] },
      'key: [id]\ncompare: [label, amount]\ngone: keep\n',
    ],
  ])('is a history with %j', async (config, words) => {
    const { out } = await snapshot(config)
    expect(`${headerOf('models/history/kept.sql')}*`).toContain(`kind: scd2\ndoc: One row of kept.\n${words}`)
    expect(out).toContain('the history that dbt kept is not carried')
    expect(out).toContain('no mistake')
  })

  test('of all columns compares those that dbt knows, and is not carried where it knows none', async () => {
    const config = { strategy: 'check', check_cols: 'all', unique_key: 'id' }
    expect((await snapshot(config)).out).toContain('nobody knows which columns check_cols: all compares')
    expect(stands('models/history/kept.sql')).toBe(false)
    await snapshot(config, { columns: { id: { name: 'id' }, label: { name: 'label' } } })
    expect(headerOf('models/history/kept.sql')).toContain('compare: [label]\n')
  })
})

describe('a seed', () => {
  test('is copied, with the types that dbt was told or would have found', async () => {
    const csv = 'Code;vat;since;open;note;n\nde;0.19;1968-01-01;true;"a;b";007\nat;;1973-01-01;false;"c,d";8\n'
    const countries = dbtNode('seed', 'ref.countries', {
      config: { delimiter: ';', column_types: { note: 'varchar(10)' } },
    })
    const { code, out } = await imports({ nodes: [countries], files: { 'seeds/countries.csv': csv } })
    expect(text('models/ref/countries.csv')).toBe(
      'code,vat,since,open,note,n\nde,0.19,1968-01-01,true,a;b,007\nat,,1973-01-01,false,"c,d",8\n',
    )
    expect(headerOf('models/ref/countries.sql')).toContain(
      'columns:\n  vat: { type: "DECIMAL(38,9)" }\n  since: { type: DATE }\n  open: { type: BOOLEAN }\n  note: { type: varchar(10) }\n  n: { type: BIGINT }\n',
    )
    expect(out).toContain('1 model, no mistake.')
    expect(code).toBe(0)
  })

  test('without its file is not carried; one that writes null is told of', async () => {
    const { out } = await imports({
      nodes: [orders, dbtNode('seed', 'ref.lost')],
      files: { 'seeds/orders.csv': 'id,label\n1,NULL\n' },
    })
    expect(out).toContain('seeds/lost.csv:1 its CSV cannot be read')
    expect(out).toContain('seeds/orders.csv:2 dbt took the text null for no value')
  })
})

describe('a source', () => {
  const invoices = dbtSource('erp', 'invoices', { columns: { id: { name: 'id', data_type: 'integer' } } })
  const reader = dbtNode('model', 'marts.read', { compiled_code: 'select id from "db"."erp"."invoices"' })

  test('is external where its types are known', async () => {
    const onSource = dbtTest('source.shop.erp.invoices', 'id', 'not_null', { attached_node: null })
    const { code, out } = await imports({ nodes: [reader, onSource], sources: [invoices] })
    expect(headerOf('models/erp/invoices.sql')).toContain(
      'kind: external\ndoc: One row of invoices.\ncolumns:\n  id: { type: integer, tests: [not_null] }\n',
    )
    expect(out).toContain('2 models, no mistake.')
    expect(code).toBe(0)
  })

  test('takes its types from dbt’s catalog, and is listed where there is none', async () => {
    const bare = dbtSource('erp', 'invoices')
    const { code, out } = await imports({ nodes: [reader], sources: [bare] }, '--dry-run')
    expect(out).toContain('no type of its columns is known')
    expect(out).toContain('there is no relation erp.invoices')
    expect(code).toBe(1)
    const catalog = {
      nodes: {},
      sources: { 'source.shop.erp.invoices': { columns: { ID: { type: 'BIGINT', index: 1 } } } },
    }
    expect(
      (await imports({ nodes: [reader], sources: [bare], files: { 'target/catalog.json': JSON.stringify(catalog) } }))
        .code,
    ).toBe(0)
    expect(headerOf('models/erp/invoices.sql')).toContain('id: { type: BIGINT }')
  })

  test('in a schema that is not for models is listed', async () => {
    const { out } = await imports({ nodes: [], sources: [{ ...invoices, schema: 'raw' }] })
    expect(out).toContain('it stands in the schema raw, which is not for models here')
  })
})

describe('--external', () => {
  const columns = { id: { name: 'id', data_type: 'integer' } }

  test('leaves a model to dbt, and waits for what dbt tells of its runs', async () => {
    const { code } = await imports(
      { nodes: [orders, big({ materialized: 'table' }, { columns })] },
      '--external',
      'big',
    )
    expect(text('models/marts/big.sql')).toBe(
      '/* @model\nkind: external\ndoc: One row of big.\nrun_results: old/target/run_results.json\ncolumns:\n  id: { type: integer }\n*/\n',
    )
    expect(code).toBe(0)
  })

  test('says a name that dbt has not, and that another alias is not waited for', async () => {
    const { code, out } = await imports({ nodes: [big({}, { columns, alias: 'other' })] }, '--external', 'big', 'bigg')
    expect(out).toContain('dbt has no model bigg')
    expect(out).toContain('dbt tells of it under another name')
    expect(headerOf('models/marts/other.sql')).not.toContain('run_results')
    expect(code).toBe(1)
  })
})

describe('exposures', () => {
  const exposure = (more: object) => ({
    unique_id: 'exposure.shop.sales',
    name: 'sales',
    label: 'Sales: weekly',
    package_name: 'shop',
    original_file_path: 'models/schema.yml',
    owner: { name: 'growth' },
    url: 'https://bi.example.com/1',
    depends_on: { nodes: ['model.shop.big'] },
    ...more,
  })

  test('become dashboards that read models', async () => {
    const { code } = await imports({ nodes: [orders, big({})], exposures: [exposure({})] })
    expect(text('models/exposures.yaml')).toBe(
      '- { name: "Sales: weekly", owner: growth, url: "https://bi.example.com/1", reads: [marts.big] }\n',
    )
    expect(code).toBe(0)
  })

  test('are listed where nobody owns them, where nothing of theirs was carried, and where the file stands', async () => {
    const file = { 'models/schema.yml': 'exposures:\n  - name: other\n  - name: sales\n' }
    const nobody = await imports(
      { nodes: [orders, big({})], exposures: [exposure({ owner: {} })], files: file },
      '--dry-run',
    )
    expect(nobody.out).toContain('models/schema.yml:3 the exposure sales is not carried: nobody owns it')
    const unbuilt = [big({}, { language: 'python' }), orders]
    const lost = await imports({ nodes: unbuilt, exposures: [exposure({})] }, '--dry-run')
    expect(lost.out).toContain('nothing that it reads was carried')
    project.write({ 'models/exposures.yaml': '[]\n' })
    const standing = await imports({ nodes: [orders, big({})], exposures: [exposure({})] })
    expect(standing.out).toContain('models/exposures.yaml:1 it stands already')
    expect(text('models/exposures.yaml')).toBe('[]\n')
  })
})

describe('unit tests', () => {
  const unit = (more: object) => ({
    unique_id: 'unit_test.shop.big.keeps',
    name: 'keeps',
    model: 'big',
    package_name: 'shop',
    original_file_path: 'models/schema.yml',
    given: [
      {
        input: "ref('orders')",
        rows: [
          { id: 1, amount: 10.5 },
          { id: 2, label: 'n' },
        ],
        format: 'dict',
      },
    ],
    expect: {
      rows: [
        { id: '1', label: '' },
        { id: '2', label: 'n' },
      ],
      format: 'csv',
    },
    depends_on: { nodes: ['model.shop.big'] },
    ...more,
  })

  test('are carried with their rows, and pass as they did', async () => {
    const { code } = await imports({ nodes: [orders, big({})], unitTests: [unit({})] })
    expect(code).toBe(0)
    expect(text('models/marts/big.test.yaml')).toBe(
      '- name: keeps\n  given:\n    ref.orders:\n      - { id: 1, amount: 10.5, seen: null }\n      - { id: 2, label: "n" }\n  expect:\n    - { id: "1", label: null }\n    - { id: "2", label: "n" }\n',
    )
    expect((await project.boomerang('model', 'test')).out).toContain('1 unit test passed, 0 failed.')
  })

  test.each([
    [
      'a query for rows',
      { given: [{ input: "ref('orders')", rows: 'select 1', format: 'sql' }] },
      'its rows are a query',
    ],
    ['a macro of its own', { overrides: { macros: { is_incremental: true } } }, 'it sets is_incremental otherwise'],
    [
      'what stands as input',
      { given: [{ input: 'this', rows: [], format: 'dict' }] },
      'its input this is no relation here',
    ],
  ])('with %s are listed', async (_, more, said) => {
    const { code, out } = await imports({
      nodes: [orders, big({})],
      unitTests: [unit(more)],
      files: { 'models/schema.yml': 'unit_tests:\n  - name: keeps\n' },
    })
    expect(out).toContain(`models/schema.yml:2 the unit test keeps is not carried: ${said}`)
    expect(stands('models/marts/big.test.yaml')).toBe(false)
    expect(code).toBe(1)
  })
})

describe('what is no compiled project of dbt is refused in words', () => {
  test('no manifest', async () => {
    const { code, err } = await project.boomerang('model', 'import', 'nowhere')
    expect(err).toContain('there is no target/manifest.json')
    expect(err).toContain('run `dbt compile --full-refresh` in it first')
    expect(code).toBe(2)
  })

  test('a manifest of another version', async () => {
    expect((await imports({ nodes: [], version: 9 })).err).toContain('the manifest is of version 9, and 12 is read')
  })

  test('one that was not compiled', async () => {
    expect((await imports({ nodes: [big({}, { compiled_code: null })] })).err).toContain(
      'none of the 1 models in the manifest was compiled',
    )
  })

  test.each([
    ['{"metadata": {', 'the manifest is no JSON'],
    ['{"metadata": {}}', 'this is no manifest of dbt'],
    [
      '{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json"}}',
      'the manifest is not as dbt writes it: nodes',
    ],
  ])('%s', async (manifest, said) => {
    project.write({ 'old/target/manifest.json': manifest })
    const { code, err } = await project.boomerang('model', 'import', 'old')
    expect(err).toContain(said)
    expect(code).toBe(2)
  })
})
