import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type DbtProject, dbtFiles, dbtNode, dbtTest } from './dbt-project.ts'
import { type ModelProject, modelProject } from './model-project.ts'

let project: ModelProject
beforeEach(() => {
  project = modelProject()
})
afterEach(() => project.remove())

const orders = dbtNode('seed', 'ref.orders')
const ordersCsv = 'id,label,amount,seen\n1,x,10.00,2026-06-01 00:00:00\n2,z,9.99,2026-06-02 00:00:00\n'
const ordersFile = { 'seeds/orders.csv': ordersCsv }

const imports = (dbt: DbtProject, ...more: readonly string[]) => {
  project.write(dbtFiles({ ...dbt, files: { ...ordersFile, ...dbt.files } }))
  return project.boomerang('model', 'import', 'old', ...more)
}
const text = (file: string): string => readFileSync(join(project.root, file), 'utf8')
const stands = (file: string): boolean => existsSync(join(project.root, file))

const big = dbtNode('model', 'marts.big', {
  compiled_code: '\n\nselect id, label, amount, seen from "db"."ref"."orders"\n',
  config: { materialized: 'table' },
})
const bigId = 'model.shop.big'

describe('a project of which nothing is left', () => {
  test('ends with 0, is checked, and builds as it is', async () => {
    const { code, out } = await imports({ nodes: [orders, big] })
    expect(out).toContain('Of 2 models 2 carried whole, 0 with work left, 0 not at all; 0 things left.')
    expect(out).toContain('2 models, no mistake.')
    expect(code).toBe(0)
    expect(text('models/marts/big.sql')).toBe(
      '/* @model\nkind: table\ndoc: One row of big.\n*/\nselect id, label, amount, seen from ref.orders\n',
    )
    expect((await project.boomerang('model', 'build')).code).toBe(0)
  })

  test('is only told of with --dry-run, in the same words', async () => {
    const dry = await imports({ nodes: [orders, big] }, '--dry-run')
    expect(readdirSync(project.root)).not.toContain('models')
    const wet = await imports({ nodes: [orders, big] })
    expect(dry.out).toBe(wet.out.replace('Wrote', 'Would write'))
    expect(dry.code).toBe(0)
  })

  test('takes its queries from target/compiled where the manifest holds none', async () => {
    const { compiled_code, ...bare } = big
    const compiled = { 'target/compiled/shop/models/big.sql': String(compiled_code) }
    expect((await imports({ nodes: [orders, { ...bare, compiled_path: 'x' }], files: compiled })).code).toBe(0)
    expect(text('models/marts/big.sql')).toContain('from ref.orders')
  })
})

describe('a query', () => {
  const query = async (sql: string, more: Partial<DbtProject> = {}): Promise<string> => {
    await imports({ ...more, nodes: [orders, { ...big, compiled_code: sql }, ...(more.nodes ?? [])] })
    return text('models/marts/big.sql').replace(/^[\s\S]*?\*\/\n/, '')
  }

  test('names relations as they are called here, however dbt quoted them', async () => {
    expect(
      await query(
        'select * from db.ref.orders, "DB"."REF"."orders" o, ref . orders, `db`.`ref`.`orders`, `db.ref.orders`',
      ),
    ).toBe('select * from ref.orders, ref.orders o, ref.orders, ref.orders, ref.orders\n')
  })

  test('keeps its texts, its comments and its columns', async () => {
    const sql = `select 'db.ref.orders' as a, orders.id -- db.ref.orders\nfrom /* db.ref.orders */ db.ref.orders`
    expect(await query(sql)).toBe(
      `select 'db.ref.orders' as a, orders.id -- db.ref.orders\nfrom /* db.ref.orders */ ref.orders\n`,
    )
  })

  test('reads the view that an ephemeral model becomes, and not the copy that dbt made of it', async () => {
    const copy = ' __dbt__cte__eph as (\nselect id from "db"."ref"."orders"\n)'
    const eph = dbtNode('model', 'marts.eph', {
      relation_name: null,
      compiled_code: 'select id from "db"."ref"."orders"',
      config: { materialized: 'ephemeral' },
    })
    const alone = { ...big, extra_ctes: [{ id: 'model.shop.eph', sql: copy }] }
    const { out } = await imports({
      nodes: [
        orders,
        eph,
        { ...alone, compiled_code: `with${copy} select id from __dbt__cte__eph` },
        {
          ...alone,
          ...dbtNode('model', 'marts.two'),
          compiled_code: `with${copy}, a as (select 1 as b) select * from __dbt__cte__eph, a`,
        },
      ],
    })
    expect(text('models/marts/big.sql')).toMatch(/\*\/\nselect id from marts\.eph\n$/)
    expect(text('models/marts/two.sql')).toMatch(/\*\/\nwith a as \(select 1 as b\) select \* from marts\.eph, a\n$/)
    expect(text('models/marts/eph.sql')).toContain('kind: view')
    expect(out).toContain('marts.eph was ephemeral')
  })

  test('that reads what has no name here is written, and listed with its line', async () => {
    const { code, out } = await imports({ nodes: [orders, { ...big, compiled_code: 'select *\nfrom db.other.thing' }] })
    expect(out).toContain('models/marts/big.sql:6 db.other.thing is no relation of this project')
    expect(code).not.toBe(0)
  })

  test('names what was filled in when it was compiled, with the line on which it was asked', async () => {
    const raw = "select *\nfrom {{ ref('orders') }}\nwhere amount > {{ var('least') }} -- run_started_at"
    const { code, out } = await imports({
      nodes: [orders, { ...big, raw_code: raw }],
      files: { 'models/big.sql': raw },
    })
    expect(out).toContain("models/big.sql:3 var('least') stands in the query as it was when dbt compiled")
    expect(out).not.toContain('run_started_at')
    expect(code).toBe(1)
  })

  test('of another warehouse is carried as it is, and said to be', async () => {
    const { code, out } = await imports({ nodes: [orders, big], adapter: 'snowflake' })
    expect(out).toContain('the queries were compiled for snowflake, and are carried as they are')
    expect(code).toBe(1)
  })
})

describe('names', () => {
  test('become lower case, and a schema that is not for models gets another', async () => {
    const odd = { ...big, schema: 'My-Marts', alias: 'Big.2', relation_name: null }
    const { code } = await imports({
      nodes: [
        { ...orders, schema: 'main' },
        { ...odd, compiled_code: 'select * from db.main.orders' },
      ],
    })
    expect(text('models/my_marts/big_2.sql')).toContain('from dbt_main.orders')
    expect(stands('models/dbt_main/orders.csv')).toBe(true)
    expect(code).toBe(0)
  })

  test('that two would share are refused to both', async () => {
    const twin = { ...big, unique_id: 'model.shop.twin', alias: 'BIG' }
    const { code, out } = await imports({ nodes: [orders, big, twin] })
    expect(stands('models/marts/big.sql')).toBe(false)
    expect(out).toContain('model.shop.twin would be marts.big, too')
    expect(out).toContain(`${bigId} would be marts.big, too`)
    expect(code).toBe(1)
  })

  test('of files that stand are left alone', async () => {
    project.write({ 'models/marts/big.sql': '/* @model\nkind: view\ndoc: Mine.\n*/\nselect 1 as id\n' })
    const { code, out } = await imports({ nodes: [orders, big] })
    expect(out).toContain('models/marts/big.sql stands already')
    expect(text('models/marts/big.sql')).toContain('Mine')
    expect(stands('models/ref/orders.sql')).toBe(true)
    expect(code).toBe(1)
  })
})

const schema = `models:
  - name: big
    columns:
      - name: id
        data_tests:
          - unique
          - my_own: { arguments: { at_least: 1 } }
      - name: label
`

describe('properties', () => {
  test('become the header: description, columns, owner, tags and personal columns', async () => {
    const columns = {
      ID: { name: 'ID', description: 'The order: "its" id */', meta: {} },
      label: { name: 'label', description: '', meta: { pii: true } },
      seen: { name: 'seen', description: '', meta: {} },
    }
    const { code } = await imports({ nodes: [orders, { ...big, columns, tags: ['daily'], meta: { owner: 'growth' } }] })
    expect(text('models/marts/big.sql')).toMatch(
      /^\/\* @model\nkind: table\ndoc: One row of big\.\nowner: growth\ntags: \[daily\]\ncolumns:\n {2}id: \{ doc: "The order: \\"its\\" id \*\\\/" \}\n {2}label: \{ personal: true \}\n\*\/\n/,
    )
    expect(code).toBe(0)
  })

  test('name the owner of the group where the model names none', async () => {
    const groups = [{ unique_id: 'group.shop.finance', name: 'finance', owner: { name: 'Finance' } }]
    await imports({ nodes: [orders, { ...big, config: { materialized: 'table', group: 'finance' } }], groups })
    expect(text('models/marts/big.sql')).toContain('owner: Finance\n')
  })

  test('without a description leave one to be written', async () => {
    const { code, out } = await imports({
      nodes: [orders, { ...big, description: '' }],
      files: { 'models/schema.yml': schema },
    })
    expect(out).toContain('models/schema.yml:2 nothing says what one row of it is')
    expect(code).toBe(1)
  })

  test('that only dbt minds are listed: hooks, grants, constraints', async () => {
    const config = { materialized: 'table', 'post-hook': [{ sql: 'x' }], grants: { select: ['bi'] } }
    const { out } = await imports({ nodes: [orders, { ...big, config, constraints: [{ type: 'check' }] }] })
    expect(out).toContain('its post-hook is not carried')
    expect(out).toContain('its grants is not carried')
    expect(out).toContain('its constraints are not carried')
  })
})

describe('tests', () => {
  test('of the four kinds become those of the columns, with their severity', async () => {
    const { code } = await imports({
      nodes: [
        orders,
        big,
        dbtTest(bigId, 'id', 'unique'),
        dbtTest(bigId, 'id', 'not_null', { config: { severity: 'WARN' } }),
        dbtTest(bigId, 'label', 'accepted_values', { kwargs: { values: ['x', 'z'] } }),
        dbtTest(bigId, 'amount', 'accepted_values', { kwargs: { values: ['10.00', 9.99], quote: false } }),
        dbtTest(bigId, 'id', 'relationships', {
          kwargs: { to: "ref('orders')", field: 'id' },
          nodes: ['seed.shop.orders', bigId],
        }),
      ],
    })
    expect(text('models/marts/big.sql')).toContain(
      '  id: { tests: [unique, { test: not_null, severity: warn }, { references: ref.orders.id }] }\n  label: { tests: [{ in: [x, z] }] }\n  amount: { tests: [{ in: [10, 9.99] }] }\n',
    )
    expect(code).toBe(0)
    expect((await project.boomerang('model', 'build')).code).toBe(0)
  })

  test.each([
    ['a query of its own', { test_metadata: null, original_file_path: 'tests/mine.sql' }, 'tests/mine.sql:1 the test'],
    ['one of a package', { namespace: 'dbt_utils' }, 'no test here is called dbt_utils.my_own'],
    ['one of the project, at its line', {}, 'models/schema.yml:7 the test my_own of id is not carried'],
  ])('that is %s is listed', async (_, more, said) => {
    const { code, out } = await imports({
      nodes: [orders, big, dbtTest(bigId, 'id', 'my_own', more)],
      files: { 'models/schema.yml': schema },
    })
    expect(out).toContain(said)
    expect(text('models/marts/big.sql')).not.toContain('tests')
    expect(code).toBe(1)
  })

  test.each([
    ['of some rows', { where: 'id > 1' }, 'it asks only where id > 1'],
    ['that allows some failures', { error_if: '> 10' }, 'it fails by a count of its own, > 10'],
  ])('%s are listed, for here they would ask something else', async (_, config, said) => {
    const { out } = await imports({ nodes: [orders, big, dbtTest(bigId, 'id', 'unique', { config })] })
    expect(out).toContain(said)
    expect(text('models/marts/big.sql')).not.toContain('unique')
  })

  test('that would make two models wait for each other are listed', async () => {
    const above = dbtNode('model', 'marts.above', {
      compiled_code: 'select id from db.marts.big',
      depends_on: { nodes: [bigId] },
    })
    const back = dbtTest(bigId, 'id', 'relationships', {
      kwargs: { to: "ref('above')", field: 'id' },
      nodes: ['model.shop.above', bigId],
    })
    const { out } = await imports({ nodes: [orders, big, above, back] })
    expect(out).toContain('marts.above is made of what refers to it')
    expect(out).toContain('Write its query as an audit of marts.above')
    expect(out).toContain('3 models, no mistake.')
  })
})
