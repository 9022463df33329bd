import { describe, expect, test } from 'vitest'
import { type Header, readHeader } from '../../../models/compiler/header.ts'
import type { Mistake } from '../../../models/compiler/mistake.ts'

const file = 'models/marts/orders.sql'
const head = (yaml: string): string => `/* @model\n${yaml}\n*/\nselect 1\n`

function mistakes(text: string): readonly Mistake[] {
  const read = readHeader(text, file)
  if ('mistakes' in read) return read.mistakes
  throw new Error('the header was taken')
}

const refused = (text: string): Mistake & { readonly where: string } => {
  const [first] = mistakes(text)
  if (first === undefined) throw new Error('nothing is wrong')
  return { ...first, where: `${file}:${first.line}:${first.column}` }
}

function taken(text: string): { readonly header: Header; readonly sql: string } {
  const read = readHeader(text, file)
  if ('header' in read) return read
  throw new Error(read.mistakes.map(({ what }) => what).join('; '))
}

describe('a header', () => {
  test('is read from the comment at the head, and leaves the query on its lines', () => {
    const { header, sql } = taken(head('kind: table\ndoc: One row an order.\nkey: [order_id]'))
    expect(header).toMatchObject({
      kind: 'table',
      doc: 'One row an order.',
      key: ['order_id'],
      columns: {},
      audits: [],
    })
    expect(sql).toBe('\n\n\n\n\nselect 1\n')
  })

  test('is found under lines that end in CR LF', () => {
    expect(taken('/* @model\r\nkind: view\r\ndoc: One row.\r\n*/\r\nselect 1').header.kind).toBe('view')
  })

  test.each(['select 1', '/* a comment */ select 1', '-- @model\nselect 1', '/* @model kind: view */ select 1'])(
    'that is missing is asked for: %s',
    text => {
      expect(refused(text).where).toBe(`${file}:1:1`)
    },
  )

  test('that is no YAML is refused with its line and column in the file', () => {
    const fault = refused(head('kind: table\ndoc: [never closed\nkey: x'))
    expect(fault.what).toContain('not YAML')
    expect(fault.where).toMatch(/^models\/marts\/orders\.sql:[345]:\d+$/)
  })

  test('with a wrong value is refused at that value', () => {
    const fault = refused(head('doc: One row.\nkind: tabel'))
    expect(fault.what).toBe('kind: a kind is view, table, incremental, scd2, seed, external')
    expect(fault.where).toBe(`${file}:3:7`)
  })

  test('with an unknown test is refused at that test', () => {
    const fault = refused(head('kind: table\ndoc: One row.\ncolumns:\n  id: { tests: [unique, notnull] }'))
    expect(fault.what).toContain('"notnull" is no test: a test is unique, not_null')
    expect(fault.where).toBe(`${file}:5:25`)
  })

  test('with an unknown word is refused, and the word is named', () => {
    const fault = refused(head('kind: table\ndoc: One row.\nmaterialized: view'))
    expect(fault.what).toContain('materialized')
    expect(fault.where).toBe(`${file}:4:1`)
  })

  test('tells all that is wrong in it, each at its own place', () => {
    expect(
      mistakes(head('kind: tabel\nkey: []\ncolums: {}\nlookbak: 3d')).map(({ what, line }) => [
        what.split(':')[0],
        line,
      ]),
    ).toEqual([
      ['kind', 2],
      ['doc', 2],
      ['key', 3],
      ['the header', 4],
      ['the header', 5],
    ])
    expect(
      mistakes(head('kind: view\ndoc: x\ncolums: {}\nlookbak: 3d')).map(({ what, hint }) => `${what} ${hint}`),
    ).toEqual([
      'the header: unknown word "colums" Did you mean columns?',
      'the header: unknown word "lookbak" Did you mean lookback?',
    ])
  })

  test('that cannot be read does not hide what is wrong with the query', () => {
    expect(readHeader(head('kind: tabel\ndoc: x'), file).sql).toBe('\n\n\n\nselect 1\n')
  })

  test.each([
    ['incremental', 'time: at', 'the kind incremental needs strategy'],
    ['incremental', 'strategy: append', 'the kind incremental needs time'],
    ['incremental', 'strategy: merge\ntime: at', 'merge needs key'],
    ['incremental', 'strategy: overwrite\ntime: at', 'overwrite needs partition'],
    ['incremental', 'strategy: append\ntime: at\nlookback: 3d', 'append would add the rows'],
    ['incremental', 'strategy: append\ntime: at\ngrain: day', 'append would add the rows'],
    ['incremental', 'strategy: append\ntime: at\npartition: [day]', 'partition is for the strategy overwrite'],
    ['incremental', 'strategy: append\ntime: at\ngone: keep', 'gone is not for the kind incremental'],
    ['incremental', 'strategy: append\ntime: at\nsince: yesterday', 'since is a day such as'],
    ['table', 'lookback: 3d', 'lookback is not for the kind table'],
    ['view', 'strategy: merge', 'strategy is not for the kind view'],
    ['scd2', 'time: at', 'the kind scd2 needs key'],
    ['scd2', 'key: [id]', 'scd2 needs time or compare'],
    ['scd2', 'key: [id]\ntime: at\ncompare: [a]', 'scd2 needs time or compare'],
    ['external', '', 'the kind external needs columns'],
  ])('of the kind %s with %j is refused: %s', (kind, more, what) => {
    expect(
      mistakes(head(`kind: ${kind}\ndoc: One row.\n${more}`))
        .map(each => each.what)
        .join('\n'),
    ).toContain(what)
  })

  test.each([
    ['{ in: [] }', 'in'],
    ['{ in: paid }', 'in wants a list'],
    ['{ range: 5 }', 'range wants two ends'],
    ['{ references: [marts.a] }', 'references wants one column'],
    ['{ references: marts.a }', 'references wants one column'],
    ['{ fresh: soon }', 'a span of time is written'],
    ['{ test: uniq }', '"uniq" is no test'],
    ['{ in: [a], matches: b }', 'is no test'],
    ['{ not_null: true, severity: loud }', 'is no test'],
    ['{ in: [a], severity: loud }', 'a severity is block or warn'],
  ])('with the test %s is refused: %s', (written, what) => {
    expect(refused(head(`kind: table\ndoc: One row.\ncolumns:\n  id: { tests: [${written}] }`)).what).toContain(what)
  })

  test('takes every test and severity', () => {
    const { header } = taken(
      head(
        'kind: table\ndoc: x\ncolumns:\n  a: { tests: [unique, { test: not_null, severity: warn }, { in: [x, 1, true] }, { range: [0, null] }, { matches: "[A-Z]" }, { references: marts.b.c }, { fresh: 26h }] }\naudits:\n  - a > 0\n  - { sql: a > 1, severity: warn }',
      ),
    )
    expect(header.columns.a?.tests).toEqual([
      { test: 'unique', severity: 'block' },
      { test: 'not_null', severity: 'warn' },
      { in: ['x', 1, true], severity: 'block' },
      { range: [0, null], severity: 'block' },
      { matches: '[A-Z]', severity: 'block' },
      { references: 'marts.b.c', severity: 'block' },
      { fresh: '26h', severity: 'block' },
    ])
    expect(header.audits).toEqual([
      { sql: 'a > 0', severity: 'block' },
      { sql: 'a > 1', severity: 'warn' },
    ])
  })
})
