import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import Cursor from 'pg-cursor'
import { Fault, type FaultFacts } from '../../contracts/fault.ts'
import { isSqlState } from '../../jobs/sources/database/pg-fault.ts'
import { holdsPassword, withPassword } from '../../jobs/sources/database/with-password.ts'
import { asNow, migrate, type Opening } from './migrate.ts'
import type { State, StateTables } from './state.ts'

export interface PostgresTerms {
  /** `postgres://user@host:5432/database`, without a password; `?schema=` names another schema than `boomerang`. */
  readonly address: string
  readonly password?: string | undefined
}

/** How long a writer waits for another's transaction, and how long a connection may take, in milliseconds. */
const [busyMs, connectMs] = [15_000, 10_000]

/** The state store in a schema of a PostgreSQL database (13 or newer), for several machines. One writes at a time, as in SQLite. */
export async function openPostgres(
  { address, password }: PostgresTerms,
  { older, migrations, begin }: Opening = asNow,
): Promise<State> {
  const { url, schema, where } = placeOf(address)
  const pool = new pg.Pool({
    connectionString: withPassword(url, password),
    application_name: 'boomerang',
    options: `-c search_path=${schema}`,
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    types,
  })
  pool.on('error', quiet).on('connect', client => void client.on('error', quiet))
  const db = new Kysely<StateTables>({ dialect: new PostgresDialect({ pool, cursor: Cursor }) })
  const asked = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw stateFault(error, where)
    }
  }
  const state: State = {
    read: db,
    write: work =>
      asked(() =>
        db.transaction().execute(async tables => {
          await sql.raw(`set local lock_timeout = ${busyMs}`).execute(tables)
          await sql`select pg_advisory_xact_lock(hashtextextended(${`boomerang ${schema}`}, 0))`.execute(tables)
          return await work(tables)
        }),
      ),
    now: () => asked(async () => (await clock.execute(db)).rows[0]?.now ?? 0),
    async check() {
      const { rows } = await asked(() => sql<{ server_version: string }>`show server_version`.execute(db))
      return `${where.replace('the state store, ', '')}, PostgreSQL ${rows[0]?.server_version}`
    },
    close: () => db.destroy(),
  }
  try {
    await asked(() =>
      migrate(state, {
        migrations: migrations.map(version => version.map(wide)),
        hasMeta,
        older,
        async begin() {
          await begin?.()
          await makeSchema(db, schema)
        },
      }),
    )
    return state
  } catch (error) {
    await state.close().catch(() => undefined)
    throw error
  }
}

export const schemaExists = (terms: PostgresTerms): Promise<boolean> => onServer(terms, isThere)

/** Gives the schema another name: nothing of it is lost. Undefined where there is none. */
export const setPostgresAside = (terms: PostgresTerms, stamp: string): Promise<string | undefined> =>
  onServer(terms, async (client, schema) => {
    if (!(await isThere(client, schema))) return undefined
    const aside = `${schema}_before_${stamp}`.toLowerCase().slice(0, 63)
    await client.query(`alter schema ${schema} rename to ${aside}`)
    return `schema ${aside}`
  })

/** A connection that is lost between two questions says so as an event, which would end the process; the next question is refused, and that is heard. */
const quiet = (): void => undefined

const isThere = async (client: pg.Client, schema: string): Promise<boolean> =>
  (await client.query('select 1 from pg_namespace where nspname = $1', [schema])).rowCount !== 0

async function onServer<T>(
  { address, password }: PostgresTerms,
  work: (client: pg.Client, schema: string) => Promise<T>,
): Promise<T> {
  const { url, schema, where } = placeOf(address)
  const client = new pg.Client({ connectionString: withPassword(url, password), connectionTimeoutMillis: connectMs })
  client.on('error', quiet)
  try {
    await client.connect()
    return await work(client, schema)
  } catch (error) {
    throw stateFault(error, where)
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Where it stands the right to create one is not needed. */
async function makeSchema(db: Kysely<StateTables>, schema: string): Promise<void> {
  const { rows } = await sql`select 1 from pg_namespace where nspname = ${schema}`.execute(db)
  if (rows.length === 0) await sql.raw(`create schema if not exists ${schema}`).execute(db)
}

const hasMeta = sql`select 1 from pg_tables where schemaname = current_schema() and tablename = 'meta'`

const clock = sql<{ now: number }>`select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`

/** SQLite's integers have 64 bits. */
const wide = (statement: string): string => statement.replaceAll(/\binteger\b/g, 'bigint')

/** Counts and milliseconds are far below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format: 'text') =>
    oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
}

function placeOf(address: string): { readonly url: string; readonly schema: string; readonly where: string } {
  const url = URL.parse(address)
  const schema = url?.searchParams.get('schema') ?? 'boomerang'
  if (url === null || holdsPassword(url) || !/^[a-z_][a-z0-9_]{0,62}$/.test(schema))
    throw new Fault({
      what:
        url === null
          ? 'the address of the state store is none'
          : holdsPassword(url)
            ? 'the address of the state store holds a password, and addresses are shown in errors'
            : `the schema ${schema} is no plain name`,
      where: 'boomerang.config.ts, state',
      hint: 'Write postgres://user@host:5432/database?schema=boomerang, and the password as a reference of its own.',
      retry: 'never',
    })
  url.searchParams.delete('schema')
  return { url: url.href, schema, where: `the state store, ${url.host}${url.pathname}, schema ${schema}` }
}

/** What went wrong with the store, as a Fault; what the work itself threw, as it is. */
function stateFault(error: unknown, where: string): unknown {
  if (error instanceof Fault || !(error instanceof Error)) return error
  const { code, message } = error as Error & { readonly code?: unknown }
  const words = isSqlState(code)
    ? ofServer(code, message)
    : /client password must be/.test(message)
      ? unanswered
      : isLost(code, message)
        ? lost(String(code ?? message))
        : undefined
  return words === undefined ? error : new Fault({ ...words, where, cause: error })
}

type Words = Omit<FaultFacts, 'where' | 'cause'>

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
function ofServer(code: string, message: string): Words {
  if (code === '55P03')
    return {
      what: `another process has been writing to the state store for more than ${busyMs / 1000} seconds`,
      hint: 'Try again when it has ended; nothing was changed.',
      retry: 'later',
      kind: 'held',
    }
  if (/^(08|53|57P)/.test(code)) return lost(code)
  return {
    what: `the state store refused: ${message} (${code})`,
    hint: /^(28|3D)/.test(code)
      ? 'Correct the address of the state store, or its password, or let the user in.'
      : 'Nothing was changed. See that the user may create and change tables in the schema; otherwise restore the store from a copy.',
    retry: 'never',
  }
}

const unanswered: Words = {
  what: 'the server of the state store asks for a password, and none is given',
  hint: 'Write it as a reference: state: { address: …, password: "env:NAME" }.',
  retry: 'never',
}

const lost = (why: string): Words => ({
  what: `the state store cannot be reached (${why})`,
  hint: 'See that PostgreSQL runs and that this machine is let through. It is tried again; nothing was changed.',
  retry: 'later',
})

const isLost = (code: unknown, message: string): boolean =>
  /^(E[A-Z]+)$/.test(String(code)) || /timeout|terminated|Connection/i.test(message)
