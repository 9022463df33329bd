import { mkdir, realpath } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { Fault } from '../../../contracts/fault.ts'
import { inTurn } from '../../../contracts/in-turn.ts'
import { opsColumns, opsDdl } from '../ops.ts'
import { relationOf } from '../relation.ts'
import type { Cells, Local, Warehouse, Writer } from '../warehouse.ts'
import { engineFault } from './failure.ts'
import { macrosOf } from './macros.ts'
import { publishRelation } from './publish.ts'
import { countOf, duckdbReader } from './read.ts'
import { type Session, type Sessions, sessionsOf } from './session.ts'
import { applyUnit, atomically } from './unit.ts'

export interface DuckdbOptions {
  /** Such as `2GB`; by default 120 MB for each core, at least 400, and half of the machine's where work does not fit. */
  readonly memoryLimit?: string | undefined
  /** Where what outgrows the memory goes; by default beside the file. */
  readonly tempDirectory?: string
  /** By default one for each core. */
  readonly threads?: number | undefined
}

/**
 * Opens a warehouse file (`:memory:` for one that is forgotten) and creates the tables of `ops` that it lacks. Handles of one file
 * within a process share one instance; the file is free for other processes once the last of them is closed. While another
 * process holds it, a Fault says which.
 */
export async function openDuckdb(path: string, options: DuckdbOptions = {}): Promise<Warehouse> {
  const place = await placeOf(path)
  return opening(async () => {
    const instance = await openInstance(place, options)
    try {
      const sessions = sessionsOf(instance, place, options.memoryLimit === undefined ? mostMemory : undefined)
      await sessions.use(createOps)
      const local = await sessions.open()
      return warehouseOf(sessions, local, () => instance.closeSync())
    } catch (error) {
      instance.closeSync()
      throw error
    }
  })
}

const opening = inTurn()

/** One spelling for one file: handles that differ in spelling must meet in one instance. */
async function placeOf(path: string): Promise<string> {
  if (path === ':memory:') return path
  const folder = dirname(resolve(path))
  try {
    await mkdir(folder, { recursive: true })
    return join(await realpath(folder), basename(path))
  } catch (error) {
    throw new Fault({
      what: `the folder of the warehouse cannot be made: ${(error as Error).message}`,
      where: path,
      hint: 'Check the path and its rights.',
      retry: 'never',
      cause: error,
    })
  }
}

/**
 * DuckDB 1.5 makes a join of `x in (…)` from five values on, and behind a join a file's lines no longer keep their order, though
 * nothing says so; a line's position would then name another line.
 */
const orderKept = { disabled_optimizers: 'in_clause', preserve_insertion_order: 'true' }

/** A gate needs some 85 MB on each thread for records of a kilobyte; what is beyond is for tables, and spills. */
const usualMemory = `${Math.max(400, 120 * availableParallelism())}MB`
const mostMemory = `${Math.floor(totalmem() / 2e6)}MB`

async function openInstance(place: string, options: DuckdbOptions): Promise<DuckDBInstance> {
  const settings: Record<string, string> = {
    ...orderKept,
    memory_limit: options.memoryLimit ?? usualMemory,
    ...(options.tempDirectory === undefined ? {} : { temp_directory: options.tempDirectory }),
    ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
  }
  try {
    return await DuckDBInstance.fromCache(place, settings)
  } catch (error) {
    throw engineFault(error, place)
  }
}

async function createOps(session: Session): Promise<void> {
  const rows = await session.run({
    sql: `select table_name || '.' || column_name as standing from duckdb_columns()
      where database_name = current_database() and schema_name = 'ops'`,
  })
  const standing = new Set(rows.map(row => row.standing))
  if (opsColumns.every(column => standing.has(column))) return
  await atomically(session, async () => {
    for (const sql of opsDdl()) await session.run({ sql })
  })
}

function warehouseOf(sessions: Sessions, localSession: Session, release: () => void): Warehouse {
  let open = true
  return {
    ...duckdbReader(sessions),
    ...duckdbWriter(sessions),
    local: duckdbLocal(sessions, localSession),
    defining: functions => macrosOf(functions).map(sql => ({ sql })),
    async close() {
      if (!open) return
      open = false
      localSession.close()
      sessions.close()
      release()
    },
  }
}

/** Writers take turns: within one file, two at once could only run into each other's definitions. */
function duckdbWriter(sessions: Sessions): Writer {
  const writing = inTurn()
  return {
    stage: async relation => relation,
    apply: unit => writing(() => sessions.use(session => applyUnit(session, unit))),
    publish: publication => writing(() => sessions.use(session => publishRelation(session, publication))),
  }
}

function duckdbLocal(sessions: Sessions, session: Session): Local {
  const running = inTurn()
  return {
    run: sql => running(() => sessions.fitting(() => session.script(sql))),
    query: sql => running(() => sessions.fitting(() => session.run({ sql }))),
    read: (relation, columns) => readTable(sessions, relation, columns),
  }
}

async function* readTable(
  sessions: Sessions,
  relation: string,
  columns: readonly string[],
): AsyncGenerator<readonly Cells[]> {
  const { schema, table, sql } = relationOf(relation)
  const session = await sessions.open()
  try {
    if (!(await isTable(session, schema, table)))
      throw new Fault({
        what: `${relation} is not a table that stands`,
        where: sessions.path,
        hint: 'Create it as an ordinary table first; only what stands can be read to its end for sure.',
        retry: 'never',
      })
    const list = columns.map(column => `"${column.replaceAll('"', '""')}"`).join(', ')
    await session.run({ sql: 'begin transaction read only' })
    yield* session.read(`select ${list} from ${sql}`, await countOf(session, sql))
  } finally {
    session.close()
  }
}

/** A table of the file's schema, or of a catalog that was attached beside it. */
async function isTable(session: Session, place: string, table: string): Promise<boolean> {
  const [row] = await session.run({
    sql: `select 1 as stands from duckdb_tables()
      where table_name = $2 and (database_name = $1 or (database_name = current_database() and schema_name = $1))`,
    parameters: [place, table],
  })
  return row !== undefined
}
