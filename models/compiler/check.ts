import { name } from '../../contracts/admission.ts'
import type { Contract } from '../../contracts/contract.ts'
import { type Fault, toFault } from '../../contracts/fault.ts'
import type { Model } from '../model.ts'
import { openDuckdb } from '../warehouse/duckdb/duckdb.ts'
import { rawTable } from '../warehouse/raw.ts'
import { relationOf } from '../warehouse/relation.ts'
import type { ColumnType, Warehouse } from '../warehouse/warehouse.ts'
import { closest } from './closest.ts'
import { type Compiled, relationOfFile } from './compile.ts'
import { frameOf, type Spot, spotIn } from './frame.ts'
import { asOf } from './now.ts'

/** Something that is wrong in a file of a model, where a person can mend it. */
export interface Mistake extends Spot {
  readonly file: string
  readonly what: string
  readonly hint: string
}

export interface Checked {
  /** What each model that is right gives, by relation. */
  readonly columns: ReadonlyMap<string, readonly ColumnType[]>
  readonly mistakes: readonly Mistake[]
  /** Models that nothing checked, because what they read is wrong. */
  readonly unchecked: readonly string[]
}

/**
 * Prepares every model that could be read, its tests and its conditions against empty relations that have the real columns, in an engine in memory: it
 * finds what the night would find, and runs nothing. What could not be read is a mistake, too.
 */
export async function checkModels({ models, faults }: Compiled, contracts: readonly Contract[]): Promise<Checked> {
  const columns = new Map<string, readonly ColumnType[]>()
  const mistakes = faults.map(mistakeOf)
  const wrong = new Set(mistakes.flatMap(({ file }) => relationOfFile(file) ?? []))
  const unchecked: string[] = []
  const engine = await openDuckdb(':memory:')
  try {
    await standRaw(engine, contracts)
    for (const model of models.filter(({ relation }) => !wrong.has(relation))) {
      if (model.reads.some(read => wrong.has(read))) {
        wrong.add(model.relation)
        unchecked.push(model.relation)
        continue
      }
      const found = await checkModel(engine, model)
      mistakes.push(...found.mistakes)
      if (found.columns === undefined) wrong.add(model.relation)
      else columns.set(model.relation, found.columns)
    }
  } finally {
    await engine.close()
  }
  return { columns, mistakes: mistakes.toSorted(byPlace), unchecked }
}

/** Empty relations of `raw`, with the columns of their contracts. */
export async function standRaw(engine: Warehouse, contracts: readonly Contract[]): Promise<void> {
  for (const contract of contracts) for (const sql of rawTable(contract)) await engine.local.run(sql)
}

const byPlace = (a: Mistake, b: Mistake): number =>
  a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column

interface Found {
  /** Undefined where the query itself is wrong. */
  readonly columns: readonly ColumnType[] | undefined
  readonly mistakes: readonly Mistake[]
}

/** Any instant would do: it only has to be one. */
const someNow = '2000-01-01T00:00:00Z'

async function checkModel(engine: Warehouse, model: Model): Promise<Found> {
  const sql = asOf(model.sql, someNow)
  try {
    const columns = await engine.check(sql)
    const undeclared = undeclaredColumns(model, columns)
    await standEmpty(engine, model.relation, columns)
    return { columns, mistakes: undeclared.length > 0 ? undeclared : await checkAudits(engine, model) }
  } catch (error) {
    const fault = toFault(error, model.file)
    const spot = spotIn(messageOf(fault), sql) ?? { line: firstLine(model.sql), column: 1 }
    return { columns: undefined, mistakes: [{ file: model.file, ...spot, what: fault.what, hint: hintOf(fault) }] }
  }
}

const messageOf = ({ cause }: Fault): string => (cause instanceof Error ? cause.message : '')

/** Candidates of a function may be a dozen lines. */
const hintOf = ({ hint }: Fault): string => (hint.length > 200 ? `${hint.slice(0, 200)}…` : hint)

const firstLine = (sql: string): number => sql.slice(0, sql.search(/\S/)).split('\n').length

async function standEmpty(engine: Warehouse, relation: string, columns: readonly ColumnType[]): Promise<void> {
  const { schema, sql } = relationOf(relation)
  const typed = columns.map(column => `${name(column.name)} ${column.type}`).join(', ')
  await engine.local.run(`create schema if not exists ${name(schema)}; create table ${sql} (${typed})`)
}

/** A header may describe and test only what the query gives. */
function undeclaredColumns({ file, header, at }: Model, columns: readonly ColumnType[]): readonly Mistake[] {
  const given = columns.map(({ name: column }) => column)
  const named = [...(header.key ?? []), ...Object.keys(header.columns)]
  return [...new Set(named)]
    .filter(column => !given.includes(column))
    .map(column => {
      const near = closest(column, given)
      return {
        file,
        ...spotOf(at(column in header.columns ? ['columns', column] : ['key'], 'key')),
        what: `the header speaks of a column ${column}, which the query does not give`,
        hint: near === undefined ? `It gives ${given.join(', ')}.` : `Did you mean ${near}?`,
      }
    })
}

async function checkAudits(
  engine: Warehouse,
  { file, audits, relation, header, at }: Model,
): Promise<readonly Mistake[]> {
  const mistakes: Mistake[] = []
  for (const audit of audits(relation)) {
    const fault = await engine.check(audit.sql).then(
      () => undefined,
      (error: unknown) => toFault(error, file),
    )
    if (fault === undefined) continue
    const condition = header.audits.indexOf(audit.name)
    const spot = spotOf(at(condition < 0 ? ['columns'] : ['audits', condition]))
    mistakes.push({
      file,
      ...spot,
      what: `the promise "${audit.name}" cannot be asked: ${fault.what}`,
      hint: hintOf(fault),
    })
  }
  return mistakes
}

function spotOf(place: string): Spot {
  const [line = 1, column = 1] = place.split(':').map(Number)
  return { line, column }
}

/** A Fault of the compiler as a mistake; its place stands behind the file. */
function mistakeOf({ what, where, hint }: Fault): Mistake {
  const [, file = where, line = '1', column = '1'] = /^(.*?):(\d+):(\d+)$/.exec(where) ?? []
  return { file, line: Number(line), column: Number(column), what, hint }
}

/** A mistake as a person reads it, with the line that it is about. */
export const mistakeText = ({ file, what, hint, ...spot }: Mistake, text: string): string =>
  `${file}:${spot.line}:${spot.column} ${what}\n${frameOf(text, spot)}\n  ${hint}`
