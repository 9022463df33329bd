import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { invoice } from '../../../contracts/erp/invoice.ts'
import { checkModels } from '../../../models/compiler/check.ts'
import { readModels } from '../../../models/compiler/compile.ts'
import { spotIn } from '../../../models/compiler/frame.ts'
import { mistakeText } from '../../../models/compiler/mistake.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'boomerang-check-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const model = (sql: string, more = ''): string => `/* @model\nkind: table\ndoc: One row.\n${more}*/\n${sql}\n`

async function check(files: Readonly<Record<string, string | Uint8Array>>) {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, 'models', file)), { recursive: true })
    await writeFile(join(root, 'models', file), text)
  }
  return checkModels(await readModels({ root, known: ['raw.erp_invoice', 'ops.loads'] }), {
    contracts: [invoice],
    variables: {},
  })
}

const places = (mistakes: Awaited<ReturnType<typeof check>>['mistakes']): readonly string[] =>
  mistakes.map(({ file, line, column }) => `${file.replace('models/', '')}:${line}:${column}`)

test('models that are right give their columns, of the types that the engine gives them', async () => {
  const { columns, mistakes, unchecked } = await check({
    'staging/invoices.sql': model('select invoice_id, total, invoiced_at from raw.erp_invoice'),
    'marts/a.sql': model(
      'select invoice_id, total * 2 as twice, $now as now from staging.invoices',
      'key: [invoice_id]\ncolumns: { twice: { tests: [not_null] } }\naudits: ["twice >= 0"]\n',
    ),
  })
  expect([mistakes, unchecked]).toEqual([[], []])
  expect(columns.get('marts.a')).toEqual([
    { name: 'invoice_id', type: 'VARCHAR' },
    { name: 'twice', type: expect.stringContaining('DECIMAL') },
    { name: 'now', type: 'TIMESTAMP WITH TIME ZONE' },
  ])
})

describe.each([
  [
    'a column that is not there',
    model('select\n  invoice_id,\n  totall\nfrom raw.erp_invoice'),
    '7:3',
    'totall',
    'total',
  ],
  ['an ambiguous column', model('select key from ops.loads a, ops.loads b'), '5:8', 'Ambiguous', 'Correct'],
  [
    'a sum of texts',
    model('select sum(invoice_id) from raw.erp_invoice'),
    '5:8',
    'sum(VARCHAR)',
    'Cast what it is given',
  ],
  ['a function that is none', model('select foo(total) from raw.erp_invoice'), '5:8', 'foo', 'floor'],
  [
    'a column beside an aggregate',
    model('select total, count(*) from raw.erp_invoice'),
    '5:8',
    'GROUP BY',
    'ANY_VALUE',
  ],
  [
    'an unknown relation',
    model('select * from raw.erp_invoices'),
    '5:15',
    'raw.erp_invoices',
    'Did you mean raw.erp_invoice?',
  ],
  [
    'a header that speaks of no column',
    model('select total from raw.erp_invoice', 'columns:\n  totl: { doc: x }\n'),
    '5:3',
    'totl',
    'Did you mean total?',
  ],
  [
    'a key that is none',
    model('select total from raw.erp_invoice', 'key: [invoice]\n'),
    '4:1',
    'invoice',
    'It gives total.',
  ],
  [
    'a condition on no column',
    model('select total from raw.erp_invoice', 'audits:\n  - totl > 0\n'),
    '5:5',
    'totl > 0',
    'total',
  ],
  ['a header with a typo', model('select 1 as one', 'kond: x\n'), '4:1', 'kond', 'kind'],
  ['SQL that is none', model('selec 1'), '5:', 'cannot be read', 'begins with select, and this with selec'],
  [
    'a column that is given twice',
    model('select total, total from raw.erp_invoice'),
    '5:1',
    'gives the column total twice',
    'another name',
  ],
  [
    'a condition that is a number',
    model('select total from raw.erp_invoice', 'audits:\n  - total\n'),
    '5:5',
    'a column of the type DECIMAL',
    'total >= 0',
  ],
  [
    'a condition that is half',
    model('select total from raw.erp_invoice', 'audits:\n  - total >\n'),
    '5:5',
    'something is missing',
    'such as total >= 0',
  ],
  [
    'a reference to no column',
    model(
      'select total as a from raw.erp_invoice',
      'columns:\n  a: { tests: [{ references: raw.erp_invoice.totl }] }\n',
    ),
    '5:15',
    'totl',
    'total',
  ],
  [
    'a text with a comma that is not quoted',
    model('select 1 as a', 'columns:\n  a: { doc: Total, in EUR }\n'),
    '5:20',
    'in EUR',
    'double quotes',
  ],
  ['a header without an end', '/* @model\nkind: table\nselect 1', '1:1', 'never ends', 'model new'],
  [
    'a relation that is named otherwise',
    model('select * from raw.invoices'),
    '5:15',
    'raw.invoices',
    'Did you mean raw.erp_invoice?',
  ],
  ['two statements', model('select 1 as one; select 2'), '1:1', 'one select', 'One query'.toLowerCase()],
])('%s', (_, text, place, says, hint) => {
  test('is found with its file, line and column, and what to do', async () => {
    const { mistakes } = await check({ 'marts/a.sql': text })
    expect(mistakes).toHaveLength(1)
    expect(places(mistakes)[0]).toContain(`marts/a.sql:${place}`)
    expect(mistakes[0]?.what).toContain(says)
    expect(mistakes[0]?.hint.toLowerCase()).toContain(hint.toLowerCase())
  })
})

test('a file that is not UTF-8 is named with its line', async () => {
  const { mistakes } = await check({ 'marts/a.sql': Buffer.from(model('select 1 as one -- caf\u00e9'), 'latin1') })
  expect([places(mistakes), mistakes[0]?.what]).toEqual([['marts/a.sql:5:1'], 'the file is not written in UTF-8'])
})

test('a circle is walked by name, and what else is wrong is told, too', async () => {
  const { mistakes } = await check({
    'marts/a.sql': model('select * from marts.b'),
    'marts/b.sql': model('select * from marts.a'),
    'marts/c.sql': model('select * from raw.nothing'),
  })
  expect(mistakes.map(({ what }) => what)).toEqual([
    'the models read each other in a circle: marts.a reads marts.b reads marts.a',
    'there is no relation raw.nothing',
  ])
})

test('what reads something wrong is said to be unchecked, and everything else is checked in the same pass', async () => {
  const { mistakes, unchecked } = await check({
    'staging/a.sql': model('select nope from raw.erp_invoice'),
    'marts/b.sql': model('select * from staging.a'),
    'marts/c.sql': model('select * from marts.b'),
    'marts/d.sql': model('select also_nope from raw.erp_invoice'),
  })
  expect(places(mistakes)).toEqual(['marts/d.sql:5:8', 'staging/a.sql:5:8'])
  expect(unchecked).toEqual(['marts.b', 'marts.c'])
})

test('a query of a thousand lines is checked, and a mistake on the last is found there', async () => {
  const lines = Array.from({ length: 1_000 }, (_, n) => `  total + ${n} as t${n},`)
  const { mistakes } = await check({
    'marts/a.sql': model(`select\n${lines.join('\n')}\n  nope\nfrom raw.erp_invoice`),
  })
  expect(places(mistakes)).toEqual(['marts/a.sql:1006:3'])
})

test('a mistake is shown on the analyst’s own line', async () => {
  const { mistakes } = await check({ 'marts/a.sql': model('select\n  invoice_id,\n  totall\nfrom raw.erp_invoice') })
  const [mistake] = mistakes
  if (mistake === undefined) throw new Error('no mistake')
  expect(mistakeText(mistake, await readFile(join(root, mistake.file), 'utf8')).split('\n')).toEqual([
    expect.stringMatching(/^models\/marts\/a\.sql:7:3 .*totall/),
    '  6 |   invoice_id,',
    '  7 |   totall',
    '    |   ^',
    expect.stringContaining('Candidate bindings'),
  ])
})

test('where the engine shortens a long line, the place is found in the whole one', () => {
  const long = `select ${Array.from({ length: 60 }, (_, n) => `total as t${n}`).join(', ')}, nope from x`
  const at = long.indexOf('nope')
  const message = `Binder Error: no\n\nLINE 1: ...${long.slice(at - 40, at + 10)}...\n${' '.repeat('LINE 1: ...'.length + 40)}^`
  expect(spotIn(message, long)).toEqual({ line: 1, column: at + 1 })
})

describe('an audit in a file', () => {
  const named = model('select total from raw.erp_invoice', 'audits: [no_gap.audit.sql]\n')

  test('is prepared with the model that names it, and what it reads is built first', async () => {
    const { mistakes } = await check({
      'marts/a.sql': named,
      'marts/no_gap.audit.sql': 'select * from marts.a join marts.b using (total) where total < 0',
      'marts/b.sql': model('select 1 as total'),
    })
    expect(mistakes).toEqual([])
  })

  test('that is wrong, or named by nobody, or not there is a mistake', async () => {
    const { mistakes } = await check({ 'marts/a.sql': named, 'marts/no_gap.audit.sql': 'select totl from marts.a' })
    expect(mistakes[0]?.what).toContain('totl')
    expect((await check({ 'marts/a.sql': model('select 1 as one') })).mistakes[0]?.what).toContain(
      'no model names this audit',
    )
    expect(
      (await check({ 'marts/a.sql': model('select 1 as one', 'audits: [no_gab.audit.sql]\n') })).mistakes[0]?.hint,
    ).toContain('Did you mean no_gap.audit.sql?')
  })
})

test.each([
  ['marts/a.test.yaml', 'no model stands beside it'],
  ['marts/A.SQL', 'names no relation'],
  ['marts/a.csv', 'no model stands beside it'],
  ['marts/a.redshift.sql', 'names no relation'],
])('the file %s, which nobody would read, is a mistake', async (file, what) => {
  expect((await check({ [file]: 'x' })).mistakes.map(each => each.what).join()).toContain(what)
})

test('a seed is wrong where its CSV is: a cell too many, a column twice, a type that a cell is not', async () => {
  const seed = '/* @model\nkind: seed\ndoc: One row.\ncolumns: { rate: { type: INTEGER } }\n*/\n'
  expect((await check({ 'ref/a.sql': seed })).mistakes[0]?.what).toContain('there is no models/ref/a.csv')
  expect((await check({ 'ref/a.csv': 'rate,b\n1,2,3\n' })).mistakes).toMatchObject([
    { file: 'models/ref/a.csv', line: 2 },
  ])
  expect((await check({ 'ref/a.csv': 'rate,rate\n1,2\n' })).mistakes[0]?.what).toContain('the column rate stands twice')
  expect((await check({ 'ref/a.csv': 'b\n1\n' })).mistakes[0]?.what).toContain(
    'the header speaks of a column rate, and the CSV has none',
  )
  expect((await check({ 'ref/a.csv': 'rate\nmuch\n' })).mistakes[0]?.what).toContain('much')
})

test('a circle hides no other mistake, and stands where the first of it reads the second', async () => {
  const { mistakes, unchecked } = await check({
    'marts/a.sql': model('select *\nfrom marts.b'),
    'marts/b.sql': model('select * from marts.a'),
    'marts/c.sql': model('select totl from raw.erp_invoice'),
    'marts/d.sql': model('select * from marts.a'),
    'marts/e.sql': model('select 1 as one'),
  })
  expect(places(mistakes)).toEqual(['marts/a.sql:6:6', 'marts/c.sql:5:8'])
  expect(unchecked).toEqual([])
})
