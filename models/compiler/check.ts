import { name } from '../../contracts/admission.ts'
import type { Contract } from '../../contracts/contract.ts'
import { type Fault, toFault } from '../../contracts/fault.ts'
import type { Model } from '../model.ts'
import { opsDdl, opsRelations } from '../warehouse/ops.ts'
import { rawName, rawTable } from '../warehouse/raw.ts'
import { relationOf } from '../warehouse/relation.ts'
import type { ColumnType, Warehouse } from '../warehouse/warehouse.ts'
import { type Cache, keyOf, noCache } from './cache.ts'
import { checkHeader, hintOf } from './check-header.ts'
import type { Compiled } from './compile.ts'
import { relationOfFile } from './files.ts'
import { spotIn } from './frame.ts'
import { byPlace, type Mistake } from './mistake.ts'
import { filled } from './parameters.ts'
import { seedMistakes } from './seed.ts'

export interface CheckTerms {
  readonly contracts: readonly Contract[]
  /** As SQL of their types, by name. */
  readonly variables: Readonly<Record<string, string>>
  readonly cache?: Cache
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
 * finds what the night would find, and runs nothing. What was right before, over the same, is not prepared again.
 */
export async function checkModels(compiled: Compiled, terms: CheckTerms): Promise<Checked> {
  const { contracts, variables, cache = noCache } = terms
  const wrong = new Set([...compiled.unread, ...compiled.mistakes.flatMap(({ file }) => relationOfFile(file) ?? [])])
  const sound = compiled.models.filter(({ relation }) => !wrong.has(relation))
  const keys = keysOf(sound, terms)
  const ground = groundOf(contracts)
  const columns = new Map<string, readonly ColumnType[]>()
  for (const relation of [...ground.map(each => each.relation), ...sound.map(each => each.relation)]) {
    const known = cache.get(keys.get(relation) ?? '') as readonly ColumnType[] | undefined
    if (known !== undefined) columns.set(relation, known)
  }
  const open = sound.filter(({ relation }) => !columns.has(relation))
  if (open.length === 0 && ground.every(({ relation }) => columns.has(relation)))
    return { columns, mistakes: compiled.mistakes, unchecked: [] }
  const found = await prepare({ open, wrong, ground, columns, variables })
  for (const relation of found.right) cache.set(keys.get(relation) ?? '', found.columns.get(relation))
  return { ...found, mistakes: [...compiled.mistakes, ...found.mistakes].toSorted(byPlace) }
}

/** A relation that no model makes, and what makes it. */
interface Ground {
  readonly relation: string
  readonly ddl: readonly string[]
}

const groundOf = (contracts: readonly Contract[]): readonly Ground[] => [
  ...contracts.map(contract => ({ relation: rawName(contract), ddl: rawTable(contract) })),
  ...opsRelations.map(relation => ({ relation, ddl: opsDdl() })),
]

/** Each relation by all that its columns follow from: its own text, its header's, and those of what it reads. */
function keysOf(models: readonly Model[], { contracts, variables }: CheckTerms): ReadonlyMap<string, string> {
  const keys = new Map(groundOf(contracts).map(({ relation, ddl }) => [relation, keyOf('ground', relation, ddl)]))
  for (const { relation, own, told, reads } of models)
    keys.set(
      relation,
      keyOf(
        'model',
        relation,
        own,
        told,
        variables,
        reads.map(read => keys.get(read) ?? read),
      ),
    )
  return keys
}

interface Preparing {
  readonly open: readonly Model[]
  readonly wrong: ReadonlySet<string>
  readonly ground: readonly Ground[]
  /** Those that are known. */
  readonly columns: ReadonlyMap<string, readonly ColumnType[]>
  readonly variables: CheckTerms['variables']
}

async function prepare({
  open,
  ground,
  variables,
  ...known
}: Preparing): Promise<Checked & { readonly right: readonly string[] }> {
  const { openDuckdb } = await import('../warehouse/duckdb/duckdb.ts')
  const wrong = new Set(known.wrong)
  const [mistakes, unchecked, standing]: [Mistake[], string[], Model[]] = [[], [], []]
  const engine = await openDuckdb(':memory:', { threads: 1 })
  try {
    await standKnown(engine, { open, ground, columns: known.columns })
    for (const model of open) {
      const isBeneathWrong = model.reads.some(read => wrong.has(read))
      const mistake = isBeneathWrong ? undefined : await standModel(engine, model, variables)
      if (mistake !== undefined) mistakes.push(mistake)
      if (isBeneathWrong) unchecked.push(model.relation)
      if (isBeneathWrong || mistake !== undefined) wrong.add(model.relation)
      else standing.push(model)
    }
    const columns = new Map([...known.columns, ...(await columnsOf(engine))])
    const right = ground.map(({ relation }) => relation).filter(relation => !known.columns.has(relation))
    for (const model of standing) {
      const given = columns.get(model.relation) ?? []
      const inSeed = model.header.kind === 'seed' ? await seedMistakes(engine.local, model) : []
      const found = [
        ...inSeed,
        ...givenTwice(model, given, columns),
        ...(await checkHeader(engine.local, model, given)),
      ]
      mistakes.push(...found)
      if (found.length === 0) right.push(model.relation)
    }
    return { columns, mistakes, unchecked, right }
  } finally {
    await engine.close()
  }
}

/** The engine calls a column that is given a second time `x_1`, which nobody has written. */
function givenTwice(
  { file, sql, reads }: Model,
  given: readonly ColumnType[],
  columns: ReadonlyMap<string, readonly ColumnType[]>,
): readonly Mistake[] {
  const names = given.map(column => column.name)
  const read = new Set(reads.flatMap(relation => (columns.get(relation) ?? []).map(column => column.name)))
  return names.flatMap(column => {
    const [, first = ''] = /^(.+)_\d+$/.exec(column) ?? []
    if (!names.includes(first) || read.has(column) || sql.includes(column)) return []
    const what = `the query gives the column ${first} twice`
    return [
      { file, line: firstLine(sql), column: 1, what, hint: 'Give one of them another name: as …, or leave it out.' },
    ]
  })
}

/** What the open models read that is known already, and all of the ground that is not, as empty relations. */
async function standKnown(
  { local }: Warehouse,
  { open, ground, columns }: Pick<Preparing, 'open' | 'ground' | 'columns'>,
): Promise<void> {
  const read = [...new Set(open.flatMap(({ reads }) => reads))].filter(each => columns.has(each))
  const schemas = new Set([...read, ...open.map(({ relation }) => relation)].map(each => relationOf(each).schema))
  const tables = read.map(each => {
    const typed = (columns.get(each) ?? []).map(column => `${name(column.name)} ${column.type}`)
    return `create table if not exists ${relationOf(each).sql} (${typed.join(', ')})`
  })
  const ddl = [...new Set(ground.filter(({ relation }) => !columns.has(relation)).flatMap(each => each.ddl))]
  await local.run(
    [...[...schemas].map(each => `create schema if not exists ${name(each)}`), ...ddl, ...tables].join(';\n'),
  )
}

/** Any instant would do: it only has to be one. */
const someNow = '2000-01-01T00:00:00Z'

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
    return { file: model.body, ...spot, what: fault.what, hint: hintOf(fault) }
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
