import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loyaltyToCrm } from '../../../jobs/syncs/loyalty.ts'
import { openDuckdb } from '../../../models/warehouse/duckdb/duckdb.ts'
import type { Cells } from '../../../models/warehouse/warehouse.ts'
import { header, type ModelProject, modelProject } from './model-project.ts'

const orders = 'select id, label, amount from ref.orders where amount >= $least'

let project: ModelProject
beforeEach(() => {
  project = modelProject([
    { ...loyaltyToCrm, name: 'to-crm', model: 'marts.big', id: 'id', asOf: 'id', fields: { label: 'label' } },
  ])
  project.write({
    'models/ref/orders.sql': header('kind: seed\nkey: [id]\ncolumns: { amount: { type: "DECIMAL(38,9)" } }'),
    'models/ref/orders.csv': 'id,label,amount\na,x,10.00\nb,y,9.99\nc,z,311.2\n',
    'models/marts/big.sql': header(
      'kind: table\nkey: [id]\ntags: [finance]\ncolumns: { label: { personal: true } }',
      orders,
    ),
    'models/marts/count.sql': header(
      'kind: view',
      'with b as (select label from marts.big) select count(*) as n from b',
    ),
    'models/exposures.yaml': '- { name: Sales, owner: growth, reads: [marts.big.label] }\n',
  })
})
afterEach(() => project.remove())

async function query(sql: string): Promise<readonly Cells[]> {
  const warehouse = await openDuckdb(join(project.root, 'w.duckdb'))
  try {
    return await warehouse.query({ sql })
  } finally {
    await warehouse.close()
  }
}

const big = (sql: string, more = ''): void =>
  project.write({ 'models/marts/big.sql': header(`kind: table\nkey: [id]\ntags: [finance]${more}`, sql) })

describe('model build', () => {
  test('builds what is chosen in its order, and says why', async () => {
    const { code, out } = await project.boomerang('model', 'build')
    expect(code).toBe(0)
    expect(out).toMatch(/ref\.orders +seed +new/)
    expect(await query('select * from marts.count')).toEqual([{ n: 2n }])
    big(`${orders} and label <> 'z'`)
    const plan = await project.boomerang('model', 'plan')
    expect(plan.out).toMatch(/ref\.orders +seed +unchanged/)
    expect(plan.out).toMatch(/marts\.big +table +logic changed +2 rows stand/)
    expect(plan.out).toMatch(/marts\.count +view +upstream changed/)
    await project.boomerang('model', 'build', 'state:changed+')
    expect(await query('select * from marts.count')).toEqual([{ n: 1n }])
  })

  test('builds nothing where a model is wrong, and shows every mistake', async () => {
    big('select idd, label from ref.orders', '\ncolums: {}')
    const { code, out } = await project.boomerang('model', 'build')
    expect(code).toBe(2)
    expect(out).toContain('Did you mean columns?')
    expect(existsSync(join(project.root, 'w.duckdb'))).toBe(false)
  })

  test('ends with a failed audit, its rows and what stood before', async () => {
    await project.boomerang('model', 'build')
    big(orders, '\naudits: [amount < 100]')
    const { code, out } = await project.boomerang('model', 'build', 'big')
    expect(code).not.toBe(0)
    expect(out).toContain('amount < 100: id c')
    expect(await query('select count(*) as n from marts.big')).toEqual([{ n: 2n }])
  })

  test('refuses a name that is none, with the nearest', async () => {
    expect((await project.boomerang('model', 'build', 'marts.bigg')).err).toContain('Did you mean marts.big?')
  })
})

describe('a plan', () => {
  test('names whom a column that went breaks: models, syncs and dashboards', async () => {
    await project.boomerang('model', 'build')
    big('select id, amount from ref.orders')
    project.write({ 'models/marts/count.sql': header('kind: view', 'select count(*) as n from marts.big') })
    const { out } = await project.boomerang('model', 'plan', 'marts.big')
    expect(out).toContain('- label')
    expect(out).toContain('breaks sync to-crm (label)')
    expect(out).toContain('breaks dashboard Sales (label)')
    expect(out).not.toContain('breaks marts.count')
  })
})

test('a dashboard that reads a column which is not there is told by a check, and stops nothing', async () => {
  project.write({ 'models/exposures.yaml': '- { name: Sales, owner: growth, reads: [marts.big.labl] }\n' })
  const { code, out } = await project.boomerang('model', 'check')
  expect(code).toBe(0)
  expect(out).toContain(
    'models/exposures.yaml:1 Sales reads marts.big.labl, and marts.big gives no such column. Did you mean label?',
  )
})

describe('a place beside production', () => {
  test('holds only what differs and what reads it, and reads all else from production, which it leaves alone', async () => {
    await project.boomerang('model', 'build')
    big(`${orders} and label <> 'z'`)
    const { code, out } = await project.boomerang('model', 'build', '--env', 'alice')
    expect(code).toBe(0)
    expect(out).not.toContain('ref.orders')
    expect(await query('select * from alice__marts.count')).toEqual([{ n: 1n }])
    expect(await query('select * from marts.count')).toEqual([{ n: 2n }])
    expect(await query("select distinct schema_name from duckdb_tables() where schema_name like 'alice%'")).toEqual([
      { schema_name: 'alice__marts' },
    ])
  })

  test('is not made where nothing differs', async () => {
    await project.boomerang('model', 'build')
    expect((await project.boomerang('model', 'build', '--env', 'alice')).out).toContain('Nothing differs')
    expect((await project.boomerang('model', 'build', '--env', 'Al ice')).err).toContain('is no name of an environment')
  })
})

describe('an incremental model', () => {
  const events = (more = ''): void =>
    project.write({
      'models/marts/seen.sql': header(
        `kind: incremental\nstrategy: delete+insert\ntime: seen\nsince: 2026-06-28\nkey: [id]${more}`,
        `select id, seen from (select unnest(range(3)) as id, timestamptz '2026-06-28 12:00:00Z' + to_days(unnest(range(3))::integer) as seen) where seen >= $start and seen < $end`,
      ),
    })

  test('is built for a range once more, and anew only by who says how many rows go', async () => {
    events()
    expect((await project.boomerang('model', 'plan', 'marts.seen')).out).toContain(
      'anew from 2026-06-28 00:00Z up to 2026-06-30 02:00Z',
    )
    await project.boomerang('model', 'build', 'marts.seen')
    expect((await project.boomerang('model', 'plan', 'marts.seen')).out).toContain('up to date: nothing is to be built')
    project.write({ 'clock.json': JSON.stringify({ now: '2026-07-01T03:00:00Z' }) })
    expect((await project.boomerang('model', 'plan', 'marts.seen')).out).toContain(
      '      from 2026-06-30 02:00Z up to 2026-07-01 02:00Z',
    )
    project.write({ 'clock.json': JSON.stringify({ now: '2026-06-30T03:00:00Z' }) })
    expect(await query('select count(*) as n from marts.seen')).toEqual([{ n: 2n }])
    const again = await project.boomerang('model', 'build', 'marts.seen', '--from', '2026-06-28', '--to', '2026-06-29')
    expect(again).toMatchObject({
      code: 0,
      out: expect.stringContaining('asked for  2 rows stand\n      from 2026-06-28 00:00Z up to 2026-06-29 00:00Z'),
    })
    expect(
      (await project.boomerang('model', 'build', 'marts.seen', '--from', '2026-06-29', '--to', '2026-06-29')).err,
    ).toContain('--to is the first day that is not built')
    expect((await project.boomerang('model', 'build', 'marts.seen', '--full-refresh')).err).toContain('Add --rows 2')
    expect((await project.boomerang('model', 'build', 'marts.seen', '--full-refresh', '--rows', '2')).code).toBe(0)
    expect((await project.boomerang('model', 'build', 'marts.big', '--full-refresh')).err).toContain(
      'is no incremental model',
    )
    expect(await query('select count(*) as n from marts.seen')).toEqual([{ n: 2n }])
  })
})

describe('looking at a model', () => {
  test('shows the first rows of it, or of a part of it, with personal values masked', async () => {
    await project.boomerang('model', 'build')
    const shown = await project.boomerang('model', 'show', 'big', '--rows', '1')
    expect(shown.out).toBe(
      'id  label       amount\na   (personal)  10.000000000\nmarts.big: 1 row, and perhaps more.\n',
    )
    expect((await project.boomerang('model', 'show', 'count', '--cte', 'b', '--json')).out).toBe(
      '{"label":"(personal)"}\n{"label":"(personal)"}\n',
    )
    expect((await project.boomerang('model', 'show', 'count', '--cte', 'c')).err).toContain('Did you mean b?')
  })

  test('traces a column to what it is made of, and names who reads it', async () => {
    const { out } = await project.boomerang('model', 'lineage', 'marts.big.label')
    expect(out).toBe('marts.big.label\n  ref.orders.label\nRead by marts.count, sync to-crm, dashboard Sales.\n')
    expect((await project.boomerang('model', 'lineage', 'marts.big.labl')).err).toContain('Did you mean label?')
  })
})

describe('what a model may read', () => {
  test('is listed, with the columns of each and what is said of them', async () => {
    expect((await project.boomerang('model', 'relations')).out).toMatch(/marts\.big +3\n/)
    project.write({ 'models/marts/big.sql': header('kind: table\ncolumns: { id: { doc: The order } }', orders) })
    expect((await project.boomerang('model', 'relations', 'marts.big')).out).toMatch(/^id +VARCHAR +The order\nlabel/)
    expect((await project.boomerang('model', 'relations', 'marts.bigg')).err).toContain('Did you mean marts.big?')
  })
})

describe('a function of the project', () => {
  test('is listed, tested by calls, and stands in the warehouse for everybody', async () => {
    project.write({
      'models/fn/vat.sql':
        '/* @fn\ndoc: An amount with its tax.\nparameters: [amount, rate]\n*/\namount * (1 + rate)\n',
      'models/fn/vat.test.yaml':
        '- { name: adds it, call: "fn.vat(100, 0.19)", expect: 119.00 }\n- { name: is wrong on purpose, call: "fn.vat(100, 0.19)", expect: 120 }\n',
      'models/marts/gross.sql': header('kind: view', 'select id, fn.vat(amount, 0.19) as gross from ref.orders'),
    })
    expect((await project.boomerang('model', 'functions')).out).toMatch(
      /fn\.vat\(amount, rate\) +An amount with its tax\./,
    )
    const tested = await project.boomerang('model', 'test', 'fn.vat')
    expect(tested.code).toBe(1)
    expect(tested.out).toContain(
      'ok      fn.vat  adds it\nfailed  fn.vat  is wrong on purpose  (models/fn/vat.test.yaml:2)\n  fn.vat(100, 0.19) gave 119.00, and 120 was expected',
    )
    await project.boomerang('model', 'build', 'marts.gross', 'ref.orders')
    expect(await query("select gross from marts.gross where id = 'a'")).toEqual([{ gross: '11.90000000000' }])
  })
})

describe('a new model', () => {
  test.each(['view', 'table', 'incremental', 'scd2', 'seed', 'external'])(
    'of the kind %s is right as it is written',
    async kind => {
      expect((await project.boomerang('model', 'new', 'marts.fresh', '--kind', kind)).code).toBe(0)
      expect(await project.boomerang('model', 'check')).toMatchObject({ code: 0, out: '4 models, no mistake.\n' })
      expect(await project.boomerang('model', 'test')).toMatchObject({ code: 0 })
    },
  )

  test('is not written over one that stands', async () => {
    expect((await project.boomerang('model', 'new', 'marts.big')).err).toContain('stands already')
    expect((await project.boomerang('model', 'new', 'Big')).err).toContain('names no model')
    expect((await project.boomerang('model', 'new', 'marts.x', '--kind', 'tabel')).err).toContain(
      'there is no kind tabel',
    )
  })
})

test('the lock is written when asked, and is wrong where a column went that code may name', async () => {
  await project.boomerang('model', 'check', '--write')
  expect(readFileSync(join(project.root, 'models.lock.json'), 'utf8')).toContain('"label": { "text": "VARCHAR" }')
  big('select id, amount from ref.orders')
  project.write({
    'models/marts/count.sql': header('kind: view', 'select count(*) as n from marts.big'),
    'models/exposures.yaml': '[]',
  })
  project.write({ 'models/marts/more.sql': header('kind: view', 'select 1 as one') })
  const { code, out } = await project.boomerang('model', 'check')
  expect(code).toBe(2)
  expect(out).toContain('marts.big gives other columns than models.lock.json says: label went')
  expect(out).toContain('models.lock.json does not hold marts.more yet')
})

describe('a difference from production', () => {
  test('is told by key: what came and went, what changed in which column, and what that does to the sums', async () => {
    await project.boomerang('model', 'build')
    big(
      `select id, label || '!' as label, case when id = 'a' then amount + 1 else amount end as amount from ref.orders where id <> 'c'`,
      '\ncolumns: { label: { personal: true } }',
    )
    await project.boomerang('model', 'build', 'marts.big', '--env', 'alice')
    const { out } = await project.boomerang('model', 'diff', 'marts.big', '--env', 'alice')
    expect(out).toBe(
      [
        'marts.big: 2 rows in production, 2 here; 1 key added, 1 removed.',
        '  label: changed for 1 key',
        '      a: (personal) → (personal)',
        '  amount: changed for 1 key',
        '      a: 10.000000000 → 11.000000000',
        '  sum of amount: 321.200000000 → 20.990000000',
        '',
      ].join('\n'),
    )
    expect((await project.boomerang('model', 'diff', '--env', 'bob')).err).toContain(
      'nothing of this is built beside production for bob',
    )
  })
})

describe('ci', () => {
  test('builds what changed and what follows beside production, compares it, and leaves nothing behind', async () => {
    await project.boomerang('model', 'build')
    big(`${orders} and label <> 'z'`)
    const { code } = await project.boomerang('ci', '--out', join(project.root, 'summary.md'))
    expect(code).toBe(0)
    const summary = readFileSync(join(project.root, 'summary.md'), 'utf8')
    expect(summary).toContain('## Models: 2 models changed, every promise holds')
    expect(summary).toContain('- marts.big (logic changed)\n- marts.count (upstream changed)')
    expect(summary).toContain('marts.big: 2 rows in production, 1 here; 0 keys added, 1 removed.')
    expect(await query("select schema_name from duckdb_schemas() where schema_name like 'ci%'")).toEqual([])
    expect(await query("select model from ops.builds where model like 'ci%'")).toEqual([])
    expect(await query('select count(*) as n from marts.big')).toEqual([{ n: 2n }])
  })

  test('fails where a promise does not hold, a unit test fails, or a model is wrong, and says so in its summary', async () => {
    await project.boomerang('model', 'build')
    big(orders, '\naudits: [amount < 100]')
    project.write({ 'models/marts/big.test.yaml': '- { name: nothing of nothing, given: {}, expect: [{ id: a }] }\n' })
    const broken = await project.boomerang('ci')
    expect(broken.code).toBe(1)
    expect(broken.out).toContain('## Models: 1 model not published, 1 unit test failed')
    expect(broken.out).toContain('- build ci__marts.big: an audit found rows: amount < 100: id c')
    big('select idd from ref.orders')
    const wrong = await project.boomerang('ci')
    expect(wrong).toMatchObject({ code: 1, out: expect.stringContaining('## Models: 1 mistake') })
  })

  test('names whom a change breaks', async () => {
    await project.boomerang('model', 'build')
    big('select id, amount from ref.orders', ' ')
    project.write({
      'models/marts/big.sql': header('kind: table\nkey: [id]', 'select id, amount from ref.orders'),
      'models/marts/count.sql': header('kind: view', 'select count(*) as n from marts.big'),
    })
    expect((await project.boomerang('ci')).out).toContain('- marts.big breaks sync to-crm (label)')
  })
})

describe('an even text', () => {
  test('is written of each query, keeps headers and comments, and means the same', async () => {
    big('SELECT id, label, -- who\n amount FROM ref.orders WHERE amount>=$least')
    const before = await project.boomerang('model', 'fmt', '--check')
    expect(before).toMatchObject({ code: 1, out: expect.stringContaining('models/marts/big.sql') })
    await project.boomerang('model', 'fmt')
    const text = readFileSync(join(project.root, 'models/marts/big.sql'), 'utf8')
    expect(text).toContain(
      'tags: [finance]\n*/\nselect\n  id,\n  label, -- who\n  amount\nfrom\n  ref.orders\nwhere\n  amount >= $least\n',
    )
    expect(await project.boomerang('model', 'fmt', '--check')).toMatchObject({ code: 0 })
  })
})

test('an editor is given the schema of a header', async () => {
  const schema = JSON.parse((await project.boomerang('model', 'schema')).out) as {
    properties: Readonly<Record<string, unknown>>
    required: readonly string[]
  }
  expect(schema.required).toEqual(expect.arrayContaining(['kind', 'doc']))
  expect(Object.keys(schema.properties)).toEqual(
    expect.arrayContaining(['kind', 'key', 'columns', 'strategy', 'audits']),
  )
})

test('watching checks again at each change, until it is stopped', async () => {
  const watching = project.boomerang('model', 'check', '--watch', '--json')
  await new Promise(resolve => setTimeout(resolve, 500))
  big('select idd from ref.orders')
  await new Promise(resolve => setTimeout(resolve, 1_500))
  process.emit('SIGTERM')
  const { code, out } = await watching
  const lines = out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Readonly<Record<string, unknown>>)
  expect(code).toBe(0)
  expect(lines[0]).toEqual({ pass: 'right' })
  expect(lines[1]).toMatchObject({
    file: 'models/marts/big.sql',
    line: 7,
    column: 8,
    what: expect.stringContaining('idd'),
  })
  expect(lines.at(-1)).toEqual({ pass: 'wrong' })
})
