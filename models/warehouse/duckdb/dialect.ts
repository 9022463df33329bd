import {
  type CompiledQuery,
  type Dialect,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from 'kysely'
import { Fault } from '../../../contracts/fault.ts'
import type { Statement } from '../warehouse.ts'

/**
 * DuckDB as Kysely writes it: PostgreSQL's quoting, `$1` parameters and `returning` are its own too. It only writes: queries run
 * through the warehouse's ports, which bound them, count them and keep them atomic; executing one here is refused.
 */
export const duckdbDialect: Dialect = {
  createAdapter: () => new PostgresAdapter(),
  createDriver: () => new RefusingDriver(),
  createIntrospector: database => new PostgresIntrospector(database),
  createQueryCompiler: () => new PostgresQueryCompiler(),
}

/** A builder over the named tables: `{ 'marts.orders': { order_id: string, … } }`. */
export const duckdbBuilder = <Tables>(): Kysely<Tables> => new Kysely<Tables>({ dialect: duckdbDialect })

/** What the builder wrote, for the ports to run; a value that no engine takes as a parameter is refused here. */
export function statementOf(query: { compile(): CompiledQuery }): Statement {
  const { sql, parameters } = query.compile()
  return { sql, parameters: parameters.map(parameter) }
}

type Parameter = NonNullable<Statement['parameters']>[number]

function parameter(value: unknown): Parameter {
  if (value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value)) return value as Parameter
  throw new TypeError(
    `a parameter must be text, a number, a flag or null, and one is ${typeof value}: write it as text and cast it in SQL`,
  )
}

class RefusingDriver extends DummyDriver {
  override async acquireConnection(): Promise<never> {
    throw new Fault({
      what: 'a built query was executed past the warehouse',
      where: 'the query builder',
      hint: 'Take statementOf(query) and hand it to query, stream or apply.',
      retry: 'never',
    })
  }
}
