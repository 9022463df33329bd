import { StatementType } from '@duckdb/node-api'
import { Fault } from '../../../contracts/fault.ts'
import { type Relation, relationOf } from '../relation.ts'
import type { Cells, ColumnType, Reader, Statement } from '../warehouse.ts'
import { engineFault } from './failure.ts'
import type { Session, Sessions } from './session.ts'

const bound = 10_000

export function duckdbReader(sessions: Sessions): Reader {
  return {
    check: sql => sessions.ask(session => checkQuery(session, sql, sessions.path)),
    columns: relation =>
      sessions.ask(async session => {
        const named = relationOf(relation)
        try {
          return await describe(session, `select * from ${named.sql}`)
        } catch (error) {
          if ((await kindOf(session, named)) !== undefined) throw error
          return undefined
        }
      }),
    query: statement => sessions.ask(session => queryBounded(session, statement, sessions.path)),
    stream: statement => streamQuery(sessions, statement),
  }
}

/** What stands under a name: a table, a view, or nothing. The engine reads its whole catalogue for this, some milliseconds where it is long. */
export async function kindOf(session: Session, { schema, table }: Relation): Promise<'table' | 'view' | undefined> {
  const [row] = await session.run({
    sql: `select 'table' as kind from duckdb_tables()
        where database_name = current_database() and schema_name = $1 and table_name = $2
      union all select 'view' from duckdb_views()
        where database_name = current_database() and schema_name = $1 and view_name = $2`,
    parameters: [schema, table],
  })
  return row?.kind as 'table' | 'view' | undefined
}

export async function countOf(session: Session, relation: string): Promise<bigint> {
  const [row] = await session.run({ sql: `select count(*) as n from ${relation}` })
  return row?.n as bigint
}

/** The preparation finds what is wrong and says where; it runs nothing. */
async function checkQuery(session: Session, sql: string, path: string): Promise<readonly ColumnType[]> {
  try {
    const prepared = await session.connection.prepare(sql)
    const type = prepared.statementType
    prepared.destroySync()
    if (type !== StatementType.SELECT)
      throw new Fault({
        what: 'this is a statement, not a query',
        where: path,
        hint: 'Write one select.',
        retry: 'never',
      })
  } catch (error) {
    throw engineFault(error, path)
  }
  return describe(session, sql)
}

export async function describe(session: Session, sql: string): Promise<readonly ColumnType[]> {
  const rows = await session.run({ sql: `describe ${sql}` })
  return rows.map(row => ({ name: String(row.column_name), type: String(row.column_type) }))
}

/** Begins on the query's own first line, so that a Fault names the line that its author sees. */
async function queryBounded(session: Session, statement: Statement, path: string): Promise<readonly Cells[]> {
  const sql = `select * from (${statement.sql.replace(/[\s;]+$/, '')}\n) limit ${bound + 1}`
  const rows = await session.run({ ...statement, sql })
  if (rows.length > bound)
    throw new Fault({
      what: `the query gives more than ${bound} rows`,
      where: path,
      hint: 'Narrow the query, or stream it.',
      retry: 'never',
    })
  return rows
}

async function* streamQuery(sessions: Sessions, statement: Statement): AsyncGenerator<readonly Cells[]> {
  const session = await sessions.open()
  try {
    const sql = `create temp table streamed as ${statement.sql.replace(/[\s;]+$/, '')}`
    await sessions.fitting(() => session.run({ ...statement, sql }))
    yield* session.read('select * from temp.streamed', await countOf(session, 'temp.streamed'))
  } finally {
    session.close()
  }
}
