import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Fault } from '../../../contracts/fault.ts'
import { compileModels } from '../../../models/compiler/compile.ts'
import type { Model } from '../../../models/model.ts'
import { faultOf } from '../../suite/warehouse.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'boomerang-models-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const known = ['raw.storefront_order', 'raw.erp_invoice', 'ops.connections']

async function project(files: Readonly<Record<string, string>>): Promise<readonly Model[]> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), text)
  }
  return compileModels({ root, known })
}

const model = (sql: string, header = 'kind: table\ndoc: One row.'): string => `/* @model\n${header}\n*/\n${sql}\n`
const refusal = (files: Readonly<Record<string, string>>): Promise<Fault> => faultOf(project(files))

describe('the compiler', () => {
  test('names a relation by its folder and file, and reads what it depends on from the SQL', async () => {
    const [orders] = await project({
      'models/staging/orders.sql': model(
        'with o as (select * from raw.storefront_order)\nselect * from o join ops.connections using (connection)',
        'kind: view\ndoc: One row an order.\ntags: [daily]\nowner: growth',
      ),
    })
    expect(orders).toMatchObject({
      name: 'orders',
      relation: 'staging.orders',
      file: 'models/staging/orders.sql',
      header: { kind: 'view', doc: 'One row an order.', tags: ['daily'], owner: 'growth' },
    })
    expect(orders?.reads.toSorted()).toEqual(['ops.connections', 'raw.storefront_order'])
  })

  test('puts models behind what they read, and by name where that leaves a choice', async () => {
    const models = await project({
      'models/marts/a.sql': model('select * from marts.z'),
      'models/marts/b.sql': model('select * from staging.m'),
      'models/marts/z.sql': model('select * from staging.m'),
      'models/staging/m.sql': model('select 1 as one'),
    })
    expect(models.map(({ relation }) => relation)).toEqual(['staging.m', 'marts.z', 'marts.a', 'marts.b'])
  })

  test('puts a model behind what its tests and conditions refer to', async () => {
    const models = await project({
      'models/marts/a.sql': model(
        'select 1 as b_id',
        'kind: table\ndoc: A.\ncolumns: { b_id: { tests: [{ references: marts.b.b_id }] } }\naudits: ["b_id in (select c_id from marts.c)"]',
      ),
      'models/marts/b.sql': model('select 1 as b_id'),
      'models/marts/c.sql': model('select 1 as c_id'),
    })
    expect(models.map(({ name }) => name)).toEqual(['b', 'c', 'a'])
    expect(models[2]?.reads.toSorted()).toEqual(['marts.b', 'marts.c'])
  })

  test('walks a circle by name', async () => {
    const fault = await refusal({
      'models/marts/a.sql': model('select * from marts.b'),
      'models/marts/b.sql': model('select * from marts.c'),
      'models/marts/c.sql': model('select * from marts.a'),
    })
    expect(fault.what).toContain('marts.a reads marts.b reads marts.c reads marts.a')
  })

  test('refuses a model that reads itself', async () => {
    const fault = await refusal({ 'models/marts/a.sql': model('select 1\nfrom marts.a') })
    expect(fault.what).toBe('marts.a reads itself')
    expect(fault.where).toBe('models/marts/a.sql:6:6')
  })

  test('refuses an unknown relation at its place, and says which was meant', async () => {
    const fault = await refusal({ 'models/marts/a.sql': model('select *\nfrom raw.storefront_orders') })
    expect(fault).toMatchObject({
      what: 'there is no relation raw.storefront_orders',
      where: 'models/marts/a.sql:6:6',
      hint: expect.stringContaining('Did you mean raw.storefront_order?'),
      retry: 'never',
    })
  })

  test('says which was meant where only the schema was wrong', async () => {
    const fault = await refusal({
      'models/marts/a.sql': model('select * from marts.customers'),
      'models/staging/customers.sql': model('select 1 as one'),
    })
    expect(fault.hint).toContain('Did you mean staging.customers?')
  })

  test('tells all that is wrong at once', async () => {
    const fault = await refusal({
      'models/marts/a.sql': model('select * from nowhere.a'),
      'models/marts/b.sql': model('selec 1'),
      'models/marts/c.sql': 'select 1',
    })
    expect(fault.what.split('\n')).toHaveLength(3)
    for (const file of ['marts/a.sql:5:15', 'marts/b.sql:5', 'marts/c.sql:1:1']) expect(fault.what).toContain(file)
  })

  test('leaves the machinery beside the models alone', async () => {
    expect(
      await project({
        'models/warehouse/x.sql': 'no model',
        'models/compiler/y.sql': 'no model',
        'models/marts/a.sql': model('select 1 as one'),
      }),
    ).toHaveLength(1)
  })

  test.each([
    'models/a.sql',
    'models/marts/deep/a.sql',
    'models/Marts/a.sql',
    'models/marts/a-b.sql',
    'models/raw/a.sql',
    'models/ops/a.sql',
  ])('refuses the place %s', async file => {
    expect((await refusal({ [file]: model('select 1 as one') })).where).toContain(file)
  })

  test('gives no model where there is no folder of models', async () => {
    expect(await compileModels({ root: join(root, 'nowhere'), known })).toEqual([])
  })
})

describe('a fingerprint', () => {
  const printOf = async (sql: string, header?: string): Promise<string | undefined> =>
    (
      await project({ 'models/marts/a.sql': model(sql, header), 'models/marts/b.sql': model('select * from marts.a') })
    )[1]?.fingerprint

  test('stays with a comment, a space, a line and a doc, and changes with the query of a model upstream', async () => {
    const before = await printOf('select 1 as one, 2 as two')
    expect(await printOf('select 1 as one, -- the first\n  2   as two')).toBe(before)
    expect(await printOf('select 1 as one, 2 as two', 'kind: table\ndoc: Another.')).toBe(before)
    expect(await printOf('select 1 as one, 3 as two')).not.toBe(before)
  })
})
