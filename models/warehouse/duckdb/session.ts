import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBConnection,
  type DuckDBInstance,
  type DuckDBResult,
  type DuckDBType,
  HUGEINT,
  SQLNULL,
  VARCHAR,
} from '@duckdb/node-api'
import { Fault } from '../../../contracts/fault.ts'
import type { Cells, Statement } from '../warehouse.ts'
import { chunkReader } from './cells.ts'
import { engineFault } from './failure.ts'

/** One connection of the instance, in UTC. What fails on it is a Fault that names `where`. */
export interface Session {
  readonly connection: DuckDBConnection
  /** One statement and its rows. */
  run(statement: Statement, where?: string): Promise<readonly Cells[]>
  /** One statement or several, without their rows. */
  script(sql: string): Promise<void>
  /** Batches of a relation that stands on this connection; nothing else may run on it meanwhile. A Fault if rows are lost. */
  read(select: string, counted: bigint): AsyncGenerator<readonly Cells[]>
  close(): void
}

export interface Sessions {
  /** Faults name this file. */
  readonly path: string
  open(): Promise<Session>
  /** Work that did not fit in memory is done once more, with more of it. */
  fitting<T>(work: () => Promise<T>): Promise<T>
  /** A session for the work, which may be done once more, closed when it has ended. */
  use<T>(work: (session: Session) => Promise<T>): Promise<T>
  /** A session for a question that leaves nothing behind on it; it is kept for the next one. */
  ask<T>(question: (session: Session) => Promise<T>): Promise<T>
  /** Lets go of the sessions that are kept. */
  close(): void
}

/** `most`: the memory that work may have which did not fit in what the instance began with; undefined where that is all. */
export function sessionsOf(instance: DuckDBInstance, path: string, most: string | undefined): Sessions {
  const open = (): Promise<Session> => openSession(instance, path)
  const once = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
    const session = await open()
    try {
      return await work(session)
    } finally {
      session.close()
    }
  }
  const fitting = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      if (most === undefined || !(error instanceof Fault) || error.kind !== 'memory') throw error
      await once(session => session.script(`set memory_limit = '${most}'`))
      return work()
    }
  }
  const { ask, close } = keptSessions(open)
  return {
    path,
    open,
    fitting,
    use: work => fitting(() => once(work)),
    ask: question => fitting(() => ask(question)),
    close,
  }
}

/** A question that fails leaves its session to nobody, and so does one that ends after `close`. */
function keptSessions(open: Sessions['open']): Pick<Sessions, 'ask' | 'close'> {
  let kept: Session[] | undefined = []
  return {
    async ask(question) {
      const session = kept?.pop() ?? (await open())
      let answered = false
      try {
        const answer = await question(session)
        answered = true
        return answer
      } finally {
        if (answered && kept !== undefined) kept.push(session)
        else session.close()
      }
    },
    close() {
      for (const session of kept ?? []) session.close()
      kept = undefined
    },
  }
}

async function openSession(instance: DuckDBInstance, place: string): Promise<Session> {
  const connection = await connect(instance, place)
  return {
    connection,
    async run(statement, where = place) {
      try {
        return await runOne(connection, statement)
      } catch (error) {
        throw engineFault(error, where)
      }
    },
    async script(sql) {
      try {
        await connection.run(sql)
      } catch (error) {
        throw engineFault(error, place)
      }
    },
    read: (select, counted) => readStanding({ connection, select, counted, where: place }),
    close: () => connection.closeSync(),
  }
}

async function connect(instance: DuckDBInstance, place: string): Promise<DuckDBConnection> {
  try {
    const connection = await instance.connect()
    await connection.run("set TimeZone = 'UTC'")
    return connection
  } catch (error) {
    throw new Fault({
      what: 'the warehouse is closed',
      where: place,
      hint: 'Open it again; a handle that was closed cannot be used any more.',
      retry: 'never',
      cause: error,
    })
  }
}

/** Prepared, because only then does DuckDB refuse a second statement behind a semicolon. */
async function runOne(connection: DuckDBConnection, { sql, parameters = [] }: Statement): Promise<readonly Cells[]> {
  const prepared = await connection.prepare(sql)
  try {
    if (parameters.length > 0) prepared.bind(parameters.map(bound), parameters.map(typeOf))
    return await rowsOf(await prepared.run())
  } finally {
    prepared.destroySync()
  }
}

async function rowsOf(result: DuckDBResult): Promise<readonly Cells[]> {
  const read = chunkReader(result)
  const chunks = await result.fetchAllChunks()
  return chunks.flatMap(read)
}

interface Standing {
  readonly connection: DuckDBConnection
  readonly select: string
  readonly counted: bigint
  readonly where: string
}

/** DuckDB's stream ends without an error when it breaks, so what arrived is counted against what stands. */
async function* readStanding({ connection, select, counted, where }: Standing): AsyncGenerator<readonly Cells[]> {
  const result = await connection.stream(select).catch(error => {
    throw engineFault(error, where)
  })
  const read = chunkReader(result)
  let arrived = 0n
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    arrived += BigInt(chunk.rowCount)
    yield read(chunk)
  }
  if (arrived !== counted)
    throw new Fault({
      what: `${arrived} rows arrived of ${counted} that were counted`,
      where,
      hint: 'Nothing that was made of these rows may be kept. Try again.',
      retry: 'now',
    })
}

type Parameter = NonNullable<Statement['parameters']>[number]

/** A whole JavaScript number is meant as a whole number; as it stands it would be bound as a double. */
const bound = (value: Parameter): Parameter => (Number.isSafeInteger(value) ? BigInt(value as number) : value)

function typeOf(value: Parameter): DuckDBType {
  if (value === null) return SQLNULL
  if (typeof value === 'string') return VARCHAR
  if (typeof value === 'boolean') return BOOLEAN
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? BIGINT : HUGEINT
  return Number.isSafeInteger(value) ? BIGINT : DOUBLE
}
