import { sql } from 'kysely'
import type { Connection } from '../../contracts/connection.ts'
import type { Context } from '../../contracts/context.ts'
import { Fault } from '../../contracts/fault.ts'
import { placeOf } from '../../sinks/send.ts'
import { rowJson, type TableColumn, type TableShape } from './database/columns.ts'
import { pgFault } from './database/pg-fault.ts'
import { asked, checkReplica, inSnapshot, type Snapshot } from './database/snapshot.ts'
import { type Delivery, type ExtractRequest, fileOf, type SourceObject } from './source.ts'

export interface TableObject extends TableShape {
  readonly name: string
  /** How its records are found: by the column that moves with every change, or as a whole by key. */
  readonly read:
    | { readonly by: 'change'; readonly column: string; readonly overlapMs: number }
    | { readonly by: 'key'; readonly column: string; readonly rowsAFile: number }
}

/**
 * A table or view of a PostgreSQL database, read in one read-only snapshot and streamed, so that memory does not grow with it. By its
 * change column all rows from the interval's beginning on, with no upper end: a row that changes again while it is read would otherwise
 * be in neither version. By its key the whole table, in files of so many rows; what is not among them is gone.
 */
export const tableObject = (table: TableObject): SourceObject => ({
  name: table.name,
  format: 'ndjson',
  overlapMs: table.read.by === 'change' ? table.read.overlapMs : 0,
  changeSignal: table.read.by === 'change' ? `the column ${table.read.column}` : 'none: all of it is read',
  claims: [table.claim],
  ...(table.read.by === 'key' ? { whole: true } : {}),
  async *extract(ctx, request) {
    yield* await inSnapshot(ctx, request.connection, snapshot => readTable(snapshot, table, request))
  },
})

/** Asks the database who it is: its name, and that of its cluster. */
export async function checkDatabase(ctx: Context, connection: Connection): Promise<{ readonly account: string }> {
  return inSnapshot(ctx, connection, async snapshot => {
    const [found] = await asked(
      snapshot,
      sql<{ account: string }>`
        select current_database() || ' of ' || system_identifier as account from pg_control_system()`,
      placeOf(connection),
    )
    return { account: found?.account ?? '' }
  })
}

async function readTable(
  snapshot: Snapshot,
  table: TableObject,
  request: ExtractRequest,
): Promise<readonly Delivery[]> {
  const where = `${placeOf(request.connection)}, ${table.table}`
  await checkReplica(snapshot, { upTo: request.interval.to, where })
  const line = rowJson(table, await columnsOf(snapshot, table.table, where))
  const deliveries: Delivery[] = []
  for await (const range of rangesOf(snapshot, table, { ...request.interval, where })) {
    const name = fileOf(table, deliveries.length)
    deliveries.push(await landRange(snapshot, request, { name, line, table: table.table, range, where }))
  }
  return deliveries
}

async function columnsOf(snapshot: Snapshot, table: string, where: string): Promise<readonly TableColumn[]> {
  const columns = await asked(
    snapshot,
    sql<TableColumn>`
      select attname as name, format_type(atttypid, null) as type from pg_attribute
      where attrelid = to_regclass(${table}) and attnum > 0 and not attisdropped order by attnum`,
    where,
  )
  if (columns.length > 0) return columns
  throw new Fault({
    what: 'there is no such table, or the user may not see it',
    where,
    hint: 'Correct the table of the object (schema.table), or grant usage on its schema and select on it.',
    retry: 'never',
  })
}

/** What one file holds, as a condition with its values. */
type Range = ReturnType<typeof sql<boolean>>

const rowsAtOnce = 1_000

async function* rangesOf(
  snapshot: Snapshot,
  { table, read }: TableObject,
  { from, where }: { readonly from: string; readonly where: string },
): AsyncGenerator<Range> {
  const column = sql.ref(read.column)
  if (read.by === 'change') {
    yield sql<boolean>`${column} >= ${from}::timestamptz`
    return
  }
  for (let last: string | undefined; ; ) {
    const after: Range = last === undefined ? sql<boolean>`true` : sql<boolean>`${column} > ${last}`
    const [boundary] = await asked(
      snapshot,
      sql<{ key: string }>`
        select ${column}::text as key from ${sql.table(table)}
        where ${after} order by ${column} offset ${read.rowsAFile - 1} limit 1`,
      where,
    )
    const end: string | undefined = boundary?.key
    yield end === undefined ? after : sql<boolean>`${after} and ${column} <= ${end}`
    if (end === undefined) return
    last = end
  }
}

interface Part {
  readonly name: string
  readonly line: string
  readonly table: string
  readonly range: Range
  readonly where: string
}

/** Lands a range row by row, and promises what the same snapshot counts. */
async function landRange(snapshot: Snapshot, { land }: ExtractRequest, part: Part): Promise<Delivery> {
  const count = sql<{ rows: string }>`select count(*)::text as rows from ${sql.table(part.table)} where ${part.range}`
  const [counted] = await asked(snapshot, count, part.where)
  const landed = await land(part.name, linesOf(snapshot, part))
  const records = Number(counted?.rows)
  return { landed, promised: { records, roots: records, bytes: landed.bytes } }
}

async function* linesOf(snapshot: Snapshot, { line, table, range, where }: Part): AsyncGenerator<Uint8Array> {
  const rows = sql<{ line: string }>`(select ${sql.raw(line)} as line from ${sql.table(table)} where ${range})`
  let batch: string[] = []
  try {
    for await (const row of snapshot.selectFrom(rows.as('lines')).select('lines.line').stream(rowsAtOnce)) {
      batch.push(row.line)
      if (batch.length < rowsAtOnce) continue
      yield packed(batch)
      batch = []
    }
  } catch (error) {
    throw pgFault(error, where)
  }
  if (batch.length > 0) yield packed(batch)
}

const packed = (lines: readonly string[]): Uint8Array => Buffer.from(`${lines.join('\n')}\n`)
