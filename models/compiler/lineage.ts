import type { Model } from '../model.ts'
import type { ColumnType } from '../warehouse/warehouse.ts'
import { type Cache, keyOf } from './cache.ts'
import { dialect, polyglot } from './polyglot.ts'
import { mentionedColumns } from './sql.ts'

/** A column of a relation: `marts.orders.total`. */
export type ColumnName = string

export interface Lineage {
  /** Of each column that the model gives, the columns that its values are made of. */
  readonly columns: ReadonlyMap<string, readonly ColumnName[]>
  /** Columns that decide which rows there are: by filters, joins, groups and orders. */
  readonly uses: readonly ColumnName[]
  /** Names of columns that stand anywhere in the query, also in a part that gives nothing to the result. */
  readonly mentioned: ReadonlySet<string>
  /** False where the query could not be followed: then every column of what it reads may be meant. */
  readonly known: boolean
}

/** Follows the columns of a query; `columns` is what each relation has. It asks a parser, reads nothing, and is dear: some milliseconds a model. */
export function lineageOf(model: Model, columns: ReadonlyMap<string, readonly ColumnType[]>): Lineage {
  const given = columns.get(model.relation) ?? []
  if (model.reads.length === 0)
    return { columns: new Map(given.map(({ name }) => [name, []])), uses: [], mentioned: new Set(), known: true }
  const tables = model.reads.map(relation => tableOf(relation, columns))
  const { analysis } = polyglot().analyzeQuery(model.sql, { dialect, schema: { tables, strict: false } })
  if (analysis === undefined || analysis === null)
    return { columns: new Map(), uses: [], mentioned: new Set(), known: false }
  const found = new Map(
    analysis.projections.map(projection => [
      String(projection.name),
      named(projection.upstream as readonly Reference[]),
    ]),
  )
  const uses = named((analysis.columnUses ?? []).flatMap(({ references }) => references as readonly Reference[]))
  return {
    columns: found,
    uses,
    mentioned: mentionedColumns(model.sql),
    known: given.every(({ name }) => found.has(name)),
  }
}

/** As `lineageOf`, found out once for each query over the same columns. */
export function knownLineage(
  cache: Cache,
  columns: ReadonlyMap<string, readonly ColumnType[]>,
): (model: Model) => Lineage {
  return model => {
    const ground = [...model.reads, model.relation].map(relation => [relation, columns.get(relation) ?? []])
    const key = keyOf('lineage', model.sql, ground)
    const kept = cache.get(key) as Kept | undefined
    const found = kept === undefined ? lineageOf(model, columns) : undefined
    if (found !== undefined) {
      cache.set(key, { ...found, columns: [...found.columns], mentioned: [...found.mentioned] } satisfies Kept)
      return found
    }
    const { columns: entries = [], mentioned = [], uses = [], known = false } = kept ?? {}
    return { columns: new Map(entries), mentioned: new Set(mentioned), uses, known }
  }
}

interface Kept extends Pick<Lineage, 'uses' | 'known'> {
  readonly columns: readonly (readonly [string, readonly ColumnName[]])[]
  readonly mentioned: readonly string[]
}

interface Reference {
  readonly table?: string | null
  readonly column?: string | null
}

const named = (references: readonly Reference[]): readonly ColumnName[] =>
  [
    ...new Set(
      references.flatMap(({ table, column }) => (table && column ? [`${table.replaceAll('"', '')}.${column}`] : [])),
    ),
  ].sort()

function tableOf(relation: string, columns: ReadonlyMap<string, readonly ColumnType[]>) {
  const [schema = '', name = ''] = relation.split('.')
  return {
    schema,
    name,
    columns: (columns.get(relation) ?? []).map(({ name: column, type }) => ({ name: column, type })),
  }
}

/** Whether a model may notice that a column of what it reads went, or changed its type; rather once too often than not. */
export const readsColumn = (lineage: Lineage, column: ColumnName): boolean =>
  !lineage.known ||
  lineage.mentioned.has(column.slice(column.lastIndexOf('.') + 1)) ||
  lineage.uses.includes(column) ||
  [...lineage.columns.values()].some(from => from.includes(column))
