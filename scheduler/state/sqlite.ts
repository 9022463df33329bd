import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement, sql } from 'kysely'
import { Fault } from '../../contracts/fault.ts'
import { migrations, type State, type StateTables } from './state.ts'

/** How long a writer waits for another process's transaction, in milliseconds. */
const busyMs = 15_000

/** The state store in one SQLite file. A file that cannot be trusted is refused; it is never begun anew by itself. */
export async function openSqlite(path: string): Promise<State> {
  const database = openFile(path)
  const db = new Kysely<StateTables>({ dialect: new SqliteDialect({ database: adapt(database) }) })
  const state: State = {
    read: db,
    write: work =>
      db.connection().execute(async connection => {
        await sql`begin immediate`.execute(connection)
        try {
          const result = await work(connection)
          await sql`commit`.execute(connection)
          return result
        } catch (error) {
          await sql`rollback`.execute(connection).catch(() => undefined)
          throw error
        }
      }),
    close: () => db.destroy(),
  }
  try {
    await migrate(state)
  } catch (error) {
    await state.close().catch(() => undefined)
    throw unusable(path, error)
  }
  return state
}

function openFile(path: string): DatabaseSync {
  try {
    mkdirSync(dirname(path), { recursive: true })
    const database = new DatabaseSync(path)
    database.exec(`pragma busy_timeout = ${busyMs}; pragma journal_mode = wal; pragma synchronous = full`)
    const check = database.prepare('pragma quick_check(1)').get() as { quick_check: string }
    if (check.quick_check !== 'ok') throw new Error(check.quick_check)
    return database
  } catch (error) {
    throw unusable(path, error)
  }
}

const unusable = (path: string, error: unknown): Fault =>
  error instanceof Fault
    ? error
    : new Fault({
        what: `the state store cannot be used: ${error instanceof Error ? error.message : String(error)}`,
        where: path,
        hint: 'Nothing was changed. See that the file is readable and writable and lies on a healthy disk; restore it, or move it away to rebuild it from the warehouse.',
        retry: 'later',
        cause: error,
      })

async function migrate(state: State): Promise<void> {
  await state.write(async tables => {
    await sql`create table if not exists meta (key text primary key, value text not null)`.execute(tables)
    const row = await tables.selectFrom('meta').select('value').where('key', '=', 'version').executeTakeFirst()
    const version = Number(row?.value ?? 0)
    if (version > migrations.length)
      throw new Fault({
        what: `the state store has version ${version}, and this boomerang knows ${migrations.length}`,
        where: 'the state store',
        hint: 'Use the newer boomerang that wrote it.',
        retry: 'never',
      })
    for (const migration of migrations.slice(version))
      for (const statement of migration.split(';').filter(text => text.trim() !== ''))
        await sql.raw(statement).execute(tables)
    await tables
      .insertInto('meta')
      .values({ key: 'version', value: String(migrations.length) })
      .onConflict(conflict => conflict.column('key').doUpdateSet({ value: String(migrations.length) }))
      .execute()
  })
}

/** Kysely speaks to SQLite through the shape of another driver; this gives it the one that comes with Node. */
const adapt = (database: DatabaseSync): SqliteDatabase => ({
  close: () => database.close(),
  prepare(text): SqliteStatement {
    const statement = database.prepare(text)
    const values = (parameters: readonly unknown[]): SQLInputValue[] => parameters as SQLInputValue[]
    return {
      reader: statement.columns().length > 0,
      all: parameters => statement.all(...values(parameters)),
      run: parameters => statement.run(...values(parameters)),
      iterate: parameters => statement.iterate(...values(parameters)),
    }
  },
})
