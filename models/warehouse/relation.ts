import { name } from '../../contracts/admission.ts'
import { Fault } from '../../contracts/fault.ts'

export interface Relation {
  readonly schema: string
  readonly table: string
  /** Both parts quoted, for SQL. */
  readonly sql: string
  /** Both parts bare: the one spelling under which fences and builds are kept. */
  readonly bare: string
}

/** Reads `schema.table`, each part bare or in double quotes. */
export function relationOf(text: string): Relation {
  const parts = /^(?:"((?:[^"]|"")+)"|([A-Za-z_]\w*))\.(?:"((?:[^"]|"")+)"|([A-Za-z_]\w*))$/.exec(text)
  const schema = parts?.[1]?.replaceAll('""', '"') ?? parts?.[2]
  const table = parts?.[3]?.replaceAll('""', '"') ?? parts?.[4]
  if (schema === undefined || table === undefined)
    throw new Fault({
      what: `"${text}" is not a relation`,
      where: text,
      hint: 'Write it as schema.table.',
      retry: 'never',
    })
  return { schema, table, sql: `${name(schema)}.${name(table)}`, bare: `${schema}.${table}` }
}
