import { name, quote } from '../../contracts/admission.ts'
import type { Contract } from '../../contracts/contract.ts'
import { Fault, toFault } from '../../contracts/fault.ts'
import { judge } from '../../contracts/judge.ts'
import type { Model } from '../model.ts'
import { rawName } from '../warehouse/raw.ts'
import { relationOf } from '../warehouse/relation.ts'
import type { Cells, ColumnType, Local } from '../warehouse/warehouse.ts'
import { auditsOf } from './audits.ts'
import { closest } from './closest.ts'
import { filled } from './parameters.ts'
import type { Row, UnitTest } from './unit-test.ts'

export interface TestTerms {
  /** Of an engine in memory, which nothing else uses meanwhile. */
  readonly local: Local
  readonly model: Model
  readonly contracts: readonly Contract[]
  /** What every relation that may be given has, by relation. */
  readonly columns: ReadonlyMap<string, readonly ColumnType[]>
  /** As SQL of their types, by name. */
  readonly variables: Readonly<Record<string, string>>
}

/** What a test found: rows that are missing and rows that are too many, as text. */
export interface TestResult {
  readonly missing: readonly Cells[]
  readonly unexpected: readonly Cells[]
}

/**
 * Gives a model the rows of a test and compares what it makes of them, in the columns that are expected. A Fault where the test itself is
 * wrong: a relation that the model does not read, a column that is not there or that the model reads and the rows lack, a value that the
 * contract would refuse. Such a test would be green, or red, for a reason that nobody meant.
 */
export async function runUnitTest(terms: TestTerms, test: UnitTest): Promise<TestResult> {
  checkGiven(terms, test)
  const { local, model } = terms
  await local.run('begin')
  try {
    for (const relation of model.reads) await stand(terms, relation, test)
    const sql = filled(model.sql, { ...instantsOf(model, test), variables: terms.variables })
    return await compared(terms, test, sql)
  } catch (error) {
    throw lacking(toFault(error, placeOf(test)), test)
  } finally {
    await local.run('rollback')
  }
}

const placeOf = ({ file, line }: UnitTest): string => `${file}:${line}:1`

/** The clock of a test stands still, and stands where the test says. */
function instantsOf(
  { sql }: Model,
  test: UnitTest,
): { readonly now: string; readonly start: string; readonly end: string } {
  for (const word of ['now', 'start', 'end'] as const)
    if (test[word] === undefined && new RegExp(`\\$${word}\\b`).test(sql))
      throw wrong(
        test,
        `the model reads $${word}, and the test says none`,
        `Add ${word}: 2026-06-30T02:00:00Z to the test.`,
      )
  const { now = anyInstant, start = anyInstant, end = anyInstant } = test
  return { now, start, end }
}

const anyInstant = '2000-01-01T00:00:00Z'

function checkGiven({ model, columns, contracts }: TestTerms, test: UnitTest): void {
  for (const [relation, rows] of Object.entries(test.given)) {
    if (!model.reads.includes(relation)) {
      const near = closest(relation, model.reads)
      throw wrong(
        test,
        `${model.relation} does not read ${relation}`,
        near === undefined ? `It reads ${model.reads.join(', ')}.` : `Did you mean ${near}?`,
      )
    }
    const known = (columns.get(relation) ?? []).map(({ name: column }) => column)
    for (const column of rows.flatMap(row => Object.keys(row)))
      if (!known.includes(column)) {
        const near = closest(column, known)
        throw wrong(
          test,
          `${relation} has no column ${column}`,
          near === undefined ? `It has ${known.join(', ')}.` : `Did you mean ${near}?`,
        )
      }
    const contract = contracts.find(each => rawName(each) === relation)
    if (contract !== undefined) for (const row of rows) checkPromised(contract, row, test)
  }
}

/** What a contract refuses never stands in `raw`. */
function checkPromised(contract: Contract, row: Row, test: UnitTest): void {
  const judged = judge(contract, row)
  const breach = 'breaches' in judged ? judged.breaches.find(({ column }) => column in row) : undefined
  if (breach === undefined) return
  throw wrong(
    test,
    `${rawName(contract)}.${breach.column} can never be ${JSON.stringify(row[breach.column])}`,
    `${contract.name} promises ${breach.allowed}.`,
  )
}

/** What a row of `raw` has without being told. Its connection it must be told: joined over null, every row would be lost in silence. */
const unsaid: readonly string[] = [
  '_load',
  '_position',
  '_extracted_at',
  '_deleted_at',
  '_deleted_by',
  '_deleted_load',
  '_extra',
]

/** A relation has the columns that its rows name, and no other: a column that the model reads and the test forgot is then missed. One without rows has all. */
async function stand({ local, columns }: TestTerms, relation: string, { given }: UnitTest): Promise<void> {
  const rows = given[relation] ?? []
  const named = new Set(rows.flatMap(row => Object.keys(row)))
  const all = columns.get(relation) ?? []
  const kept = rows.length === 0 ? all : all.filter(({ name: column }) => named.has(column) || unsaid.includes(column))
  const { schema, sql } = relationOf(relation)
  const typed = kept.map(column => `${name(column.name)} ${column.type}`).join(', ')
  await local.run(
    `create schema if not exists ${name(schema)}; drop table if exists ${sql}; create table ${sql} (${typed})`,
  )
  for (const row of rows) {
    const cells = Object.entries(row)
    await local.run(
      `insert into ${sql} (${cells.map(([column]) => name(column)).join(', ')}) values (${cells.map(([, value]) => (value === null ? 'null' : quote(value))).join(', ')})`,
    )
  }
}

/** Rows that break the model's own key would be refused at night: a test that expects them is wrong, not green. */
async function holdKey(local: Local, { header, relation }: Model, test: UnitTest): Promise<void> {
  const places = { rows: 'made', all: 'made', now: anyInstant }
  for (const { name: promise, sql } of auditsOf({ ...header, columns: {}, audits: [] }, [], places)) {
    const [row] = await local.query(sql)
    if (row === undefined) continue
    const shown = Object.entries(row).map(([column, value]) => `${column} ${value}`)
    throw wrong(
      test,
      `of these rows ${relation} makes some that break its key: ${promise}, and not for ${shown.join(', ')}`,
      'Give other rows, or correct the model.',
    )
  }
}

async function compared({ local, model }: TestTerms, test: UnitTest, sql: string): Promise<TestResult> {
  await local.run(`create temp table made as ${sql}`)
  const has = await local.query(
    `select column_name as name, data_type as type from duckdb_columns() where table_name = 'made' and database_name = 'temp'`,
  )
  await holdKey(local, model, test)
  const types = new Map(has.map(row => [String(row.name), String(row.type)]))
  const matter = [...new Set(test.expect.flatMap(row => Object.keys(row)))]
  for (const column of matter)
    if (!types.has(column)) {
      const near = closest(column, [...types.keys()])
      throw wrong(
        test,
        `${model.relation} gives no column ${column}`,
        near === undefined ? `It gives ${[...types.keys()].join(', ')}.` : `Did you mean ${near}?`,
      )
    }
  const made = matter.length === 0 ? 'select 1 as a_row from made' : `select ${matter.map(name).join(', ')} from made`
  const wanted = expectedRows(
    test.expect,
    matter.map(column => [column, types.get(column) ?? ''] as const),
  )
  return {
    missing: wanted === undefined ? [] : await local.query(`${wanted} except all ${made}`),
    unexpected: await local.query(wanted === undefined ? made : `${made} except all ${wanted}`),
  }
}

function expectedRows(
  rows: readonly Row[],
  columns: readonly (readonly [column: string, type: string])[],
): string | undefined {
  const values = rows.map(
    row =>
      `(${columns.map(([column, type]) => `cast(${row[column] === undefined || row[column] === null ? 'null' : quote(row[column])} as ${type})`).join(', ')})`,
  )
  return values.length === 0
    ? undefined
    : `select * from (values ${values.join(', ')}) as expected (${columns.map(([column]) => name(column)).join(', ')})`
}

/** The engine misses a column that the rows of the test do not name. */
function lacking(fault: Fault, test: UnitTest): Fault {
  if (fault.where === placeOf(test)) return fault
  return new Fault({
    what: fault.what,
    where: placeOf(test),
    hint: /not found/.test(fault.what) ? 'The model reads it: give it to the rows of the test.' : fault.hint,
    retry: 'never',
    cause: fault,
  })
}

const wrong = (test: UnitTest, what: string, hint: string): Fault =>
  new Fault({ what: `"${test.name}": ${what}`, where: placeOf(test), hint, retry: 'never' })
