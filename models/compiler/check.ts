import { name } from '../../contracts/admission.ts'
import type { Contract } from '../../contracts/contract.ts'
import { type Fault, toFault } from '../../contracts/fault.ts'
import type { Model } from '../model.ts'
import { openDuckdb } from '../warehouse/duckdb/duckdb.ts'
import { rawTable } from '../warehouse/raw.ts'
import { relationOf } from '../warehouse/relation.ts'
import type { Audit, ColumnType, Local, Warehouse } from '../warehouse/warehouse.ts'
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
  /** What each relation that stands has: of `raw`, of `ops`, and of each model whose query is right. */
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
  const mistakes = faults.map(mistakeOf)
  const wrong = new Set(mistakes.flatMap(({ file }) => relationOfFile(file) ?? []))
  const unchecked: string[] = []
  const engine = await openDuckdb(':memory:', { threads: 1 })
  try {
    await standRaw(engine, contracts)
    await standSchemas(engine, models)
    const standing: Model[] = []
    for (const model of models.filter(({ relation }) => !wrong.has(relation))) {
      const isBeneathWrong = model.reads.some(read => wrong.has(read))
      const mistake = isBeneathWrong ? undefined : await standModel(engine, model)
      if (mistake !== undefined) mistakes.push(mistake)
      if (isBeneathWrong) unchecked.push(model.relation)
      if (isBeneathWrong || mistake !== undefined) wrong.add(model.relation)
      else standing.push(model)
    }
    const columns = await columnsOf(engine)
    for (const model of standing)
      mistakes.push(...(await checkHeader(engine, model, columns.get(model.relation) ?? [])))
    return { columns, mistakes: mistakes.toSorted(byPlace), unchecked }
  } finally {
    await engine.close()
  }
}

/** Empty relations of `raw`, with the columns of their contracts. */
export async function standRaw(engine: Warehouse, contracts: readonly Contract[]): Promise<void> {
  for (const contract of contracts) for (const sql of rawTable(contract)) await engine.local.run(sql)
}

const byPlace = (a: Mistake, b: Mistake): number =>
  a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column

/** Any instant would do: it only has to be one. */
const someNow = '2000-01-01T00:00:00Z'

async function standSchemas({ local }: Warehouse, models: readonly Model[]): Promise<void> {
  const schemas = new Set(models.map(({ relation }) => relationOf(relation).schema))
  for (const schema of schemas) await local.run(`create schema if not exists ${name(schema)}`)
}

/** Makes an empty relation of a model, with the columns that its query gives; what is wrong with the query where that cannot be. */
async function standModel({ local }: Warehouse, model: Model): Promise<Mistake | undefined> {
  const sql = asOf(model.sql, someNow)
  try {
    await local.run(`create table ${relationOf(model.relation).sql} as ${sql}\nwith no data`)
    return undefined
  } catch (error) {
    const fault = toFault(error, model.file)
    const spot = spotIn(messageOf(fault), sql) ?? { line: firstLine(model.sql), column: 1 }
    return { file: model.file, ...spot, what: fault.what, hint: hintOf(fault) }
  }
}

/** Of every relation that stands, in one question. */
async function columnsOf({ local }: Warehouse): Promise<ReadonlyMap<string, readonly ColumnType[]>> {
  const rows = await local.query(
    `select schema_name || '.' || table_name as relation, to_json(list({ name: column_name, type: data_type } order by column_index))::varchar as columns
      from duckdb_columns() where not internal group by all`,
  )
  return new Map(rows.map(row => [String(row.relation), JSON.parse(String(row.columns)) as readonly ColumnType[]]))
}

/** What a header says of columns, and its promises. */
async function checkHeader(
  { local }: Warehouse,
  model: Model,
  columns: readonly ColumnType[],
): Promise<readonly Mistake[]> {
  const undeclared = undeclaredColumns(model, columns)
  return undeclared.length > 0 ? undeclared : checkAudits(local, model)
}

const messageOf = ({ cause }: Fault): string => (cause instanceof Error ? cause.message : '')

/** Candidates of a function may be a dozen lines. */
const hintOf = ({ hint }: Fault): string => (hint.length > 200 ? `${hint.slice(0, 200)}…` : hint)

const firstLine = (sql: string): number => sql.slice(0, sql.search(/\S/)).split('\n').length

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

/** All at once and, where one of them is wrong, one by one. */
async function checkAudits(local: Local, { file, audits, relation, header, at }: Model): Promise<readonly Mistake[]> {
  const all = audits(relation)
  if (all.length === 0 || (await refusalOf(local, all)) === undefined) return []
  const mistakes: Mistake[] = []
  for (const audit of all) {
    const fault = await refusalOf(local, [audit])
    if (fault === undefined) continue
    const condition = header.audits.indexOf(audit.name)
    const spot = spotOf(at(condition < 0 ? ['columns'] : ['audits', condition]))
    const what = `the promise "${audit.name}" cannot be asked: ${fault.what}`
    mistakes.push({ file, ...spot, what, hint: hintOf(fault) })
  }
  return mistakes
}

const refusalOf = (local: Local, audits: readonly Audit[]): Promise<Fault | undefined> =>
  local.run(`explain select 1 where ${audits.map(({ sql }) => `exists (${sql}\n)`).join(' or ')}`).then(
    () => undefined,
    (error: unknown) => toFault(error, 'an audit'),
  )

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
