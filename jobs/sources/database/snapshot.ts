import { Kysely, PostgresDialect, type RawBuilder, sql, type Transaction } from 'kysely'
import pg from 'pg'
import Cursor from 'pg-cursor'
import type { Connection } from '../../../contracts/connection.ts'
import type { Context } from '../../../contracts/context.ts'
import { Fault } from '../../../contracts/fault.ts'
import { placeOf } from '../../../sinks/send.ts'
import { pgFault } from './pg-fault.ts'
import { holdsPassword, withPassword } from './with-password.ts'

/** What is read of a database stands still: one snapshot, which nothing can be written in. */
export type Snapshot = Transaction<Record<string, never>>

/** How long one statement, and one silence between two, may last on the server, in milliseconds. */
const [statementMs, idleMs, connectMs] = [15 * 60 * 1000, 10 * 60 * 1000, 10_000]

/**
 * Works in one read-only snapshot of the connection's database, on its replica where it names one (`secrets.replica`). The one place
 * where a job reaches outside by itself: a database is not spoken to over HTTP. Where the step is aborted, what runs on the server is ended.
 */
export async function inSnapshot<T>(
  ctx: Context,
  connection: Connection,
  work: (snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  const where = placeOf(connection)
  const pool = new pg.Pool({ connectionString: addressOf(ctx, connection), max: 2, ...limits })
  const quiet = (): void => undefined
  pool.on('error', quiet).on('connect', client => void client.on('error', quiet))
  const db = new Kysely<Record<string, never>>({ dialect: new PostgresDialect({ pool, cursor: LeavingCursor }) })
  let pid: number | undefined
  const cancel = (): void => void pool.query('select pg_cancel_backend($1)', [pid]).catch(quiet)
  ctx.signal.addEventListener('abort', cancel, { once: true })
  let failure: unknown
  try {
    return await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(async snapshot => {
        pid = (await asked(snapshot, sql<{ pid: number }>`select pg_backend_pid() as pid`, where))[0]?.pid
        ctx.signal.throwIfAborted()
        return await work(snapshot).catch((error: unknown) => {
          failure = error
          throw error
        })
      })
  } catch (error) {
    ctx.signal.throwIfAborted()
    throw failure ?? pgFault(error, where)
  } finally {
    ctx.signal.removeEventListener('abort', cancel)
    await db.destroy().catch(quiet)
  }
}

/** The driver's cursor, which closes without waiting for an answer after an error: a connection that is lost never gives one. */
class LeavingCursor<Row> extends Cursor<Row> {
  constructor(text: string, values?: unknown[]) {
    super(text, values)
    this.once('error', () => Object.assign(this, { close: async () => undefined }))
  }
}

/** The rows of one question to the database; its errors as Faults. */
export async function asked<Row>(
  snapshot: Snapshot,
  question: RawBuilder<Row>,
  where: string,
): Promise<readonly Row[]> {
  try {
    return (await question.execute(snapshot)).rows
  } catch (error) {
    throw pgFault(error, where)
  }
}

const limits = {
  application_name: 'boomerang',
  statement_timeout: statementMs,
  idle_in_transaction_session_timeout: idleMs,
  connectionTimeoutMillis: connectMs,
}

function addressOf(ctx: Context, connection: Connection): string {
  const { replica, password } = connection.secrets
  const address = ctx.secret(replica ?? connection.endpoint)
  const url = URL.parse(address)
  const where = `${placeOf(connection)}, ${replica === undefined ? 'endpoint' : 'secrets.replica'}`
  if (url === null || !['postgres:', 'postgresql:'].includes(url.protocol))
    throw unusable(where, 'it is not an address such as postgres://reader@host:5432/erp')
  if (holdsPassword(url) && replica === undefined)
    throw unusable(where, 'it holds a password; an endpoint is shown in errors, and a password must not be')
  return withPassword(address, password === undefined ? undefined : ctx.secret(password))
}

const unusable = (where: string, what: string): Fault =>
  new Fault({
    what,
    where,
    hint: 'Write the address without a password, and name that as secrets: { password: "env:NAME" }.',
    retry: 'never',
  })

/** A Fault where a replica has not come as far as the instant: what it lacks would be taken for nothing. */
export async function checkReplica(
  snapshot: Snapshot,
  { upTo, where }: { readonly upTo: string; readonly where: string },
): Promise<void> {
  const [lagging] = await asked(
    snapshot,
    sql<{ behind: string }>`
      select to_char(pg_last_xact_replay_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as behind
      where pg_is_in_recovery() and pg_last_wal_receive_lsn() is distinct from pg_last_wal_replay_lsn()
        and pg_last_xact_replay_timestamp() < ${upTo}::timestamptz`,
    where,
  )
  if (lagging === undefined) return
  throw new Fault({
    what: `the replica has only come as far as ${lagging.behind}, and the interval ends at ${upTo.slice(0, 19)}Z`,
    where,
    hint: 'Nothing was read and the interval stays open. See why the replica lags, or read the primary.',
    retry: 'later',
  })
}
