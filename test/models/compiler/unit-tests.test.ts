import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { invoice } from '../../../contracts/erp/invoice.ts'
import { checkModels } from '../../../models/compiler/check.ts'
import { readModels } from '../../../models/compiler/compile.ts'
import { type Tested, testModels } from '../../../models/compiler/test-models.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'boomerang-unit-tests-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const big = `/* @model
kind: table
doc: Invoices over a hundred.
*/
select _connection as connection, invoice_id, total, $now as seen_at
from raw.erp_invoice
where total > 100 and _deleted_at is null
`
const now = 'now: 2026-06-30T02:00:00Z'

async function run(tests: string, sql = big): Promise<readonly Tested[]> {
  const files = { 'marts/big.sql': sql, 'marts/big.test.yaml': tests }
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, 'models', file)), { recursive: true })
    await writeFile(join(root, 'models', file), text)
  }
  const compiled = await readModels({ root, known: ['raw.erp_invoice', 'ops.loads'] })
  const { columns, mistakes } = await checkModels(compiled, { contracts: [invoice], variables: {} })
  expect(mistakes).toEqual([])
  return Array.fromAsync(testModels({ root, models: compiled.models, contracts: [invoice], columns, variables: {} }))
}

const faultOf = async (tests: string, sql?: string) => {
  const [tested] = await run(tests, sql)
  if (tested === undefined || !('fault' in tested)) throw new Error(`it is no mistake: ${JSON.stringify(tested)}`)
  return tested.fault
}

test('what is expected is compared in the columns that matter, in any order, and amounts are exact', async () => {
  const [tested] = await run(`
- name: over a hundred by the least that there is
  ${now}
  given:
    raw.erp_invoice:
      - { _connection: north, invoice_id: INV-1, total: 100.0001 }
      - { _connection: north, invoice_id: INV-2, total: 100 }
      - { _connection: south, invoice_id: INV-3, total: "900719925474099.1234" }
  expect:
    - { total: "900719925474099.1234", seen_at: 2026-06-30T02:00:00Z }
    - { seen_at: 2026-06-30T02:00:00Z, total: 100.0001 }
`)
  expect(tested).toMatchObject({ result: { missing: [], unexpected: [] } })
})

test('rows that are missing and rows that are too many are told apart, and one that comes twice is too many', async () => {
  const given = (id: string): string => `{ _connection: north, invoice_id: ${id}, total: 101 }`
  const [tested] = await run(`
- name: twice
  ${now}
  given:
    raw.erp_invoice: [${given('INV-1')}, ${given('INV-1')}]
  expect: [{ invoice_id: INV-1 }, { invoice_id: INV-2 }]
`)
  expect(tested).toMatchObject({
    result: { missing: [{ invoice_id: 'INV-2' }], unexpected: [{ invoice_id: 'INV-1' }] },
  })
})

test('a relation that is not given is empty, and no row may be expected', async () => {
  const [tested] = await run(`- { name: nothing, ${now}, expect: [] }`)
  expect(tested).toMatchObject({ result: { missing: [], unexpected: [] } })
  const [some] = await run(
    `- name: something\n  ${now}\n  given: { raw.erp_invoice: [{ _connection: north, invoice_id: INV-1, total: 200 }] }\n  expect: []`,
  )
  expect(some).toMatchObject({ result: { missing: [], unexpected: [{}] } })
})

test('each test stands for itself: rows of one are not there in the next', async () => {
  const one = `- name: one\n  ${now}\n  given: { raw.erp_invoice: [{ _connection: north, invoice_id: INV-1, total: 200 }] }\n  expect: [{ invoice_id: INV-1 }]\n`
  const tested = await run(`${one}- { name: none, ${now}, expect: [] }\n${one}`)
  for (const each of tested) expect(each).toMatchObject({ result: { missing: [], unexpected: [] } })
})

test.each([
  [
    'a column that the model reads and the rows lack',
    '{ _connection: north, invoice_id: INV-1 }',
    '"total" not found',
    'give it to the rows',
  ],
  [
    'a connection that is not told',
    '{ invoice_id: INV-1, total: 200 }',
    '"_connection" not found',
    'give it to the rows',
  ],
  [
    'a column that there is not',
    '{ _connection: north, invoiceid: INV-1, total: 200 }',
    'has no column invoiceid',
    'Did you mean invoice_id?',
  ],
  [
    'a value that the contract refuses',
    '{ _connection: north, invoice_id: INV-1, total: "1.234,56" }',
    'can never be "1.234,56"',
    'erp.invoice promises a decimal',
  ],
])('%s makes the test wrong, not green', async (_, row, says, hint) => {
  const fault = await faultOf(`- name: a test\n  ${now}\n  given: { raw.erp_invoice: [${row}] }\n  expect: []`)
  expect([fault.what, fault.hint]).toEqual([expect.stringContaining(says), expect.stringContaining(hint)])
  expect(fault.where).toBe('models/marts/big.test.yaml:1:1')
})

test.each([
  [
    `- { name: a, ${now}, given: { raw.erp_invoce: [] }, expect: [] }`,
    'does not read raw.erp_invoce',
    'Did you mean raw.erp_invoice?',
  ],
  [`- { name: a, expect: [] }`, 'the model reads $now', 'Add now'],
  [
    `- { name: a, ${now}, given: { raw.erp_invoice: [{ _connection: n, invoice_id: INV-1, total: 200 }] }, expect: [{ totl: 1 }] }`,
    'gives no column totl',
    'Did you mean total?',
  ],
  [`- { name: a, now: today, expect: [] }`, 'a UTC instant', 'A unit test is'],
  [`- { name: a, expects: [] }`, 'unknown word "expects"', 'Did you mean expect?'],
  [`- { name: a, expect: [`, 'this is not YAML', 'double quotes'],
  ['', 'the file', 'A unit test is'],
])('a test that is none is a mistake in words: %s', async (tests, says, hint) => {
  const fault = await faultOf(tests)
  expect([fault.what, fault.hint]).toEqual([expect.stringContaining(says), expect.stringContaining(hint)])
  expect(fault.where).toMatch(/^models\/marts\/big\.test\.yaml:\d+:\d+$/)
})

test('rows that break the key of the model make the test wrong, not green', async () => {
  const keyed = big
    .replace('*/', 'key: [invoice_id]\n*/')
    .replace('select _connection as connection, invoice_id', "select _connection as connection, 'one' as invoice_id")
  const fault = await faultOf(
    `- { name: a, ${now}, given: { raw.erp_invoice: [{ _connection: n, invoice_id: INV-1, total: 200, _deleted_at: null }, { _connection: n, invoice_id: INV-2, total: 300 }] }, expect: [{ total: 200 }, { total: 300 }] }`,
    keyed,
  )
  expect(fault.what).toContain('break its key: invoice_id is unique, and not for invoice_id one')
})
