import { describe, expect, test } from 'vitest'
import { Fault } from '../../../contracts/fault.ts'
import { readHeader } from '../../../models/compiler/header.ts'

const file = 'models/marts/orders.sql'
const head = (yaml: string): string => `/* @model\n${yaml}\n*/\nselect 1\n`

function refused(text: string): Fault {
  try {
    readHeader(text, file)
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
  throw new Error('the header was taken')
}

describe('a header', () => {
  test('is read from the comment at the head, and leaves the query on its lines', () => {
    const { header, sql } = readHeader(head('kind: table\ndoc: One row an order.\nkey: [order_id]'), file)
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
    expect(readHeader('/* @model\r\nkind: view\r\ndoc: One row.\r\n*/\r\nselect 1', file).header.kind).toBe('view')
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
    expect(fault.what).toBe('kind: a kind is view or table')
    expect(fault.where).toBe(`${file}:3:7`)
  })

  test('with an unknown test is refused at that test', () => {
    const fault = refused(head('kind: table\ndoc: One row.\ncolumns:\n  id: { tests: [unique, notnull] }'))
    expect(fault.what).toContain('a test is unique, not_null')
    expect(fault.where).toBe(`${file}:5:25`)
  })

  test('with an unknown word is refused, and the word is named', () => {
    const fault = refused(head('kind: table\ndoc: One row.\nmaterialized: view'))
    expect(fault.what).toContain('materialized')
    expect(fault.where).toBe(`${file}:4:1`)
  })

  test('tells all that is wrong in it', () => {
    const fault = refused(head('kind: tabel\nkey: []'))
    for (const word of ['kind', 'doc', 'key']) expect(fault.what).toContain(word)
  })

  test.each(['incremental', 'scd2'])('of the kind %s is refused with what to use instead', kind => {
    expect(refused(head(`kind: ${kind}\ndoc: One row.`)).what).toContain(`${kind} is not built yet: use table`)
  })
})
