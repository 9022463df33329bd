import { name } from '../contracts/admission.ts'
import { rename } from './compiler/sql.ts'
import type { Model } from './model.ts'
import { relationOf } from './warehouse/relation.ts'

/** A place beside production for one person or one change: schemas of its own in the same warehouse. */
export interface Beside {
  /** `alice`: `marts.orders` is then `alice__marts.orders`. */
  readonly name: string
  /** What is built there; all else is read from production. */
  readonly models: readonly string[]
}

export function besideName(relation: string, { name: of }: Pick<Beside, 'name'>): string {
  const { schema, table } = relationOf(relation)
  return `${of}__${schema}.${table}`
}

/** A model as it is built beside production: it reads what is built there too from there. */
export function besideOf(model: Model, beside: Beside): Model {
  const to = (relation: string): string | undefined =>
    beside.models.includes(relation) ? relationOf(besideName(relation, beside)).sql : undefined
  return {
    ...model,
    relation: besideName(model.relation, beside),
    sql: rename(model.sql, to),
    reads: model.reads.map(read => (beside.models.includes(read) ? besideName(read, beside) : read)),
    audits: places => model.audits(places).map(audit => ({ ...audit, sql: rename(audit.sql, to) })),
  }
}

/** The schemas of a place beside production. */
export const besideSchemas = ({ name: of, models }: Beside): readonly string[] => [
  ...new Set(models.map(relation => name(`${of}__${relationOf(relation).schema}`))),
]
