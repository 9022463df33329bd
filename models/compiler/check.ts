import { name } from '../../contracts/admission.ts'
import type { Contract } from '../../contracts/contract.ts'
import { type Fault, toFault } from '../../contracts/fault.ts'
import type { Model } from '../model.ts'
import { openDuckdb } from '../warehouse/duckdb/duckdb.ts'
import { rawTable } from '../warehouse/raw.ts'
import { relationOf } from '../warehouse/relation.ts'
import type { ColumnType, Warehouse } from '../warehouse/warehouse.ts'
import { checkHeader, hintOf } from './check-header.ts'
import type { Compiled } from './compile.ts'
import { relationOfFile } from './files.ts'
import { spotIn } from './frame.ts'
import { byPlace, type Mistake } from './mistake.ts'
import { filled } from './parameters.ts'

export interface CheckTerms {
  readonly contracts: readonly Contract[]
  /** As SQL of their types, by name. */
  readonly variables: Readonly<Record<string, string>>
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
export async function checkModels(compiled: Compiled, { contracts, variables }: CheckTerms): Promise<Checked> {
  const { models } = compiled
  const mistakes = [...compiled.mistakes]
  const wrong = new Set(mistakes.flatMap(({ file }) => relationOfFile(file) ?? []))
  const unchecked: string[] = []
  const engine = await openDuckdb(':memory:')
  try {
    await standRaw(engine, contracts)
    await standSchemas(engine, models)
    const standing: Model[] = []
    for (const model of models.filter(({ relation }) => !wrong.has(relation))) {
      const isBeneathWrong = model.reads.some(read => wrong.has(read))
      const mistake = isBeneathWrong ? undefined : await standModel(engine, model, variables)
      if (mistake !== undefined) mistakes.push(mistake)
      if (isBeneathWrong) unchecked.push(model.relation)
      if (isBeneathWrong || mistake !== undefined) wrong.add(model.relation)
      else standing.push(model)
    }
    const columns = await columnsOf(engine)
    for (const model of standing)
      mistakes.push(...(await checkHeader(engine.local, model, columns.get(model.relation) ?? [])))
    return { columns, mistakes: mistakes.toSorted(byPlace), unchecked }
  } finally {
    await engine.close()
  }
}

/** Empty relations of `raw`, with the columns of their contracts. */
export async function standRaw(engine: Warehouse, contracts: readonly Contract[]): Promise<void> {
  for (const contract of contracts) for (const sql of rawTable(contract)) await engine.local.run(sql)
}

/** Any instant would do: it only has to be one. */
const someNow = '2000-01-01T00:00:00Z'

async function standSchemas({ local }: Warehouse, models: readonly Model[]): Promise<void> {
  const schemas = new Set(models.map(({ relation }) => relationOf(relation).schema))
  for (const schema of schemas) await local.run(`create schema if not exists ${name(schema)}`)
}

/** Makes an empty relation of a model, with the columns that its query gives; what is wrong with the query where that cannot be. */
async function standModel(
  { local }: Warehouse,
  model: Model,
  variables: CheckTerms['variables'],
): Promise<Mistake | undefined> {
  const sql = filled(model.sql, { now: someNow, start: someNow, end: someNow, variables })
  const versions = model.header.kind === 'scd2' ? validity : ''
  try {
    await local.run(`create table ${relationOf(model.relation).sql} as ${sql}\nwith no data`)
    if (versions !== '') await local.run(versions.replaceAll('$relation', relationOf(model.relation).sql))
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

/** What a history adds to the columns of its query. */
const validity =
  'alter table $relation add column valid_from timestamptz; alter table $relation add column valid_to timestamptz'

const messageOf = ({ cause }: Fault): string => (cause instanceof Error ? cause.message : '')

const firstLine = (sql: string): number => sql.slice(0, sql.search(/\S/)).split('\n').length
