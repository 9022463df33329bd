import type { Backfill } from './backfill.ts'
import { type Lineage, readsColumn } from './compiler/lineage.ts'
import type { Model } from './model.ts'
import type { ColumnType } from './warehouse/warehouse.ts'

/** What stands of a model in the warehouse. */
export interface Standing {
  readonly fingerprint: string | null
  readonly own: string | null
  readonly header: string | null
  readonly rows: bigint | null
  readonly publishedAt: string | null
  /** Undefined where they are those that the model gives: its fingerprint is the same. */
  readonly columns: readonly ColumnType[] | undefined
}

/** Who reads a relation beside the models: a sync or a dashboard; `columns` are those that it names, or all. */
export interface OtherReader {
  readonly name: string
  readonly relation: string
  readonly columns: readonly string[] | 'all'
}

export type Reason =
  | 'new'
  | 'logic changed'
  | 'header changed'
  | 'upstream changed'
  | 'stale'
  | 'unchanged'
  | 'asked for'

export interface ColumnChange {
  readonly column: string
  readonly change: 'added' | 'removed' | 'retyped'
  readonly from?: string
  readonly to?: string
}

export interface PlannedModel {
  readonly model: Model
  readonly reason: Reason
  /** How many rows stand; null where none do, or nobody counts them. */
  readonly rows: bigint | null
  readonly columns: readonly ColumnChange[]
  /** Who reads a column that went or changed its type: `marts.customers (total)`, `sync loyalty-to-crm (loyalty_tier)`. */
  readonly breaks: readonly string[]
  /** Undefined of a model of another kind. */
  readonly backfill?: Backfill
}

export interface PlanTerms {
  /** Those to be planned, and all that there are: what reads a planned one may not be planned itself. */
  readonly chosen: readonly Model[]
  readonly models: readonly Model[]
  /** What each model gives now. */
  readonly columns: ReadonlyMap<string, readonly ColumnType[]>
  readonly standing: ReadonlyMap<string, Standing>
  readonly readers: readonly OtherReader[]
  /** The night's end: what was published before it is stale. */
  readonly now: string
  readonly backfill: (model: Model) => Backfill | undefined
  /** Dear, so asked only of models that read what changed. */
  readonly lineage: (model: Model) => Lineage
}

/** What would be built, why, and whom it breaks; the same value is printed and run. */
export const planModels = (terms: PlanTerms): readonly PlannedModel[] =>
  terms.chosen.map(model => {
    const stands = terms.standing.get(model.relation)
    const columns =
      stands?.columns === undefined ? [] : changesOf(stands.columns, terms.columns.get(model.relation) ?? [])
    const backfill = terms.backfill(model)
    return {
      ...(backfill === undefined ? {} : { backfill }),
      model,
      reason: reasonOf(model, stands, terms.now),
      rows: stands?.rows ?? null,
      columns,
      breaks: brokenBy(model.relation, columns, terms),
    }
  })

function reasonOf(model: Model, stands: Standing | undefined, now: string): Reason {
  if (stands === undefined) return 'new'
  if (stands.own !== model.own) return 'logic changed'
  if (stands.fingerprint !== model.fingerprint) return 'upstream changed'
  if (stands.header !== model.told) return 'header changed'
  return stands.publishedAt === null || stands.publishedAt < now ? 'stale' : 'unchanged'
}

/** Whether the file itself is another than the one that built what stands. */
export const isChanged = (model: Model, stands: Pick<Standing, 'own' | 'header'> | undefined): boolean =>
  stands === undefined || stands.own !== model.own || stands.header !== model.told

function changesOf(before: readonly ColumnType[], after: readonly ColumnType[]): readonly ColumnChange[] {
  const typeIn = (columns: readonly ColumnType[], name: string): string | undefined =>
    columns.find(each => each.name === name)?.type
  const names = [...new Set([...before, ...after].map(({ name }) => name))]
  return names.flatMap((column): readonly ColumnChange[] => {
    const [from, to] = [typeIn(before, column), typeIn(after, column)]
    if (from === undefined) return [{ column, change: 'added', ...(to === undefined ? {} : { to }) }]
    if (to === undefined) return [{ column, change: 'removed', from }]
    return from === to ? [] : [{ column, change: 'retyped', from, to }]
  })
}

function brokenBy(
  relation: string,
  columns: readonly ColumnChange[],
  { models, readers, lineage }: PlanTerms,
): readonly string[] {
  const gone = columns.filter(({ change }) => change !== 'added').map(({ column }) => column)
  if (gone.length === 0) return []
  const below = models
    .filter(({ reads }) => reads.includes(relation))
    .map(model => {
      const follows = lineage(model)
      return { name: model.relation, hit: gone.filter(column => readsColumn(follows, `${relation}.${column}`)) }
    })
  const others = readers
    .filter(reader => reader.relation === relation)
    .map(({ name, columns: named }) => ({
      name,
      hit: named === 'all' ? gone : gone.filter(column => named.includes(column)),
    }))
  return [...below, ...others].filter(({ hit }) => hit.length > 0).map(({ name, hit }) => `${name} (${hit.join(', ')})`)
}
