import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement, sql } from 'kysely'
import { Fault } from '../../contracts/fault.ts'
import { asNow, migrate, type Opening } from './migrate.ts'
import type { State, StateTables } from './state.ts'

/** How long a writer waits for another process's transaction, in milliseconds. */
const busyMs = 15_000

/** `bmrg`: SQLite files say by this number whose they are. */
const applicationId = 0x626d7267

/** The state store in one SQLite file. A file that cannot be trusted is refused; it is never begun anew by itself. */
export async function openSqlite(path: string, { older, migrations, begin }: Opening = asNow): Promise<State> {
  if (!existsSync(path)) await begin?.()
  const database = openFile(path)
  const db = new Kysely<StateTables>({ dialect: new SqliteDialect({ database: adapt(database) }) })
  const state: State = {
    read: db,
    write: work =>
      db.connection().execute(async connection => {
        await sql`begin immediate`.execute(connection).catch(error => {
          throw isBusy(error) ? held(path, error) : error
        })
        try {
          const result = await work(connection)
          await sql`commit`.execute(connection)
          return result
        } catch (error) {
          await sql`rollback`.execute(connection).catch(() => undefined)
          throw error
        }
      }),
    now: async () => Date.now(),
    async check() {
      const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check(1)`.execute(db)
      if (rows[0]?.integrity_check !== 'ok') throw unusable(path, new Error(rows[0]?.integrity_check))
      return `${path} is whole`
    },
    close: () => db.destroy(),
  }
  try {
    await migrate(state, { migrations: migrations.map(marked), hasMeta, older, begin })
  } catch (error) {
    await state.close().catch(() => undefined)
    throw unusable(path, error)
  }
  return state
}

function openFile(path: string): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    mkdirSync(dirname(path), { recursive: true })
    database = new DatabaseSync(path)
    database.exec(`pragma busy_timeout = ${busyMs}`)
    checkFile(database)
    database.exec('pragma journal_mode = wal; pragma synchronous = full')
    return database
  } catch (error) {
    database?.close()
    throw unusable(path, error)
  }
}

/** Whole, and ours: either new and empty, or marked as a state store. */
function checkFile(database: DatabaseSync): void {
  const [problem] = Object.values(database.prepare('pragma quick_check(1)').get() ?? {})
  if (problem !== 'ok') throw new Error(String(problem))
  const [id] = Object.values(database.prepare('pragma application_id').get() ?? {})
  const [tables] = Object.values(database.prepare('select count(*) from sqlite_schema').get() ?? {})
  if (id !== applicationId && tables !== 0) throw new Error('it is an SQLite file, but no state store of boomerang')
}

const isBusy = (error: unknown): boolean => ((error as { errcode?: number }).errcode ?? 0) % 256 === 5

const held = (path: string, cause: unknown): Fault =>
  new Fault({
    what: `another command has been writing to the state store for more than ${busyMs / 1000} seconds`,
    where: path,
    hint: 'Try again when it has ended; nothing was changed.',
    retry: 'later',
    kind: 'held',
    cause,
  })

const unusable = (path: string, error: unknown): Fault => {
  if (error instanceof Fault) return error
  if (isBusy(error)) return held(path, error)
  return new Fault({
    what: `the state store cannot be used: ${error instanceof Error ? error.message : String(error)}`,
    where: path,
    hint: 'Nothing was changed. See that the file can be read and written and that its disk is healthy. Restore it from a copy, or move it away and let `boomerang rebuild` make another from the warehouse.',
    retry: 'never',
    cause: error,
  })
}

/** The mark of ours comes with the first version. */
const marked = (version: readonly string[]): readonly string[] => [
  ...version,
  `pragma application_id = ${applicationId}`,
]
const hasMeta = sql`select 1 from sqlite_schema where name = 'meta'`

/** Kysely speaks to SQLite through the shape of another driver; this gives it the one that comes with Node. */
function adapt(database: DatabaseSync): SqliteDatabase {
  const known = new Map<string, SqliteStatement>()
  return {
    close: () => database.close(),
    prepare(text) {
      const standing = known.get(text)
      if (standing !== undefined) return standing
      if (known.size === keptStatements) known.clear()
      const prepared = statementOf(database, text)
      known.set(text, prepared)
      return prepared
    },
  }
}

/** Statements that are kept prepared, by their text: one that is done again and again is read once. */
const keptStatements = 200

function statementOf(database: DatabaseSync, text: string): SqliteStatement {
  const statement = database.prepare(text)
  const values = (parameters: readonly unknown[]): SQLInputValue[] => parameters as SQLInputValue[]
  return {
    reader: statement.columns().length > 0,
    all: parameters => statement.all(...values(parameters)),
    run: parameters => statement.run(...values(parameters)),
    iterate: parameters => statement.iterate(...values(parameters)),
  }
}
