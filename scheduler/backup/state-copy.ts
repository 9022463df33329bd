import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { sql } from 'kysely'
import { Fault } from '../../contracts/fault.ts'
import { parsedJson } from '../../contracts/parsed-json.ts'
import type { Tables } from '../kernel/history.ts'
import type { State } from '../state/state.ts'

type Row = Readonly<Record<string, unknown>>

/** Who holds what in this moment is nobody's later. */
const ofTheMoment: ReadonlySet<string> = new Set(['lease', 'pool'])

/**
 * Writes every row of a state store as one JSON line, all of one moment, whatever store it is, and holds no more than some of them at once. Gives
 * how many there are.
 */
export async function exportState(state: State, path: string): Promise<number> {
  const file = await open(path, 'wx')
  let rows = 0
  try {
    await state.write(async tables => {
      for (const table of await tablesOf(tables))
        for await (const some of rowsOf(tables, table)) {
          await file.write(linesOf(table, some))
          rows += some.length
        }
    })
    await file.sync()
  } finally {
    await file.close()
  }
  return rows
}

/** Nobody else writes into the store meanwhile, and none waits for longer than some seconds: a million lines one by one would take a minute. */
const linesAtOnce = 1_000

const linesOf = (table: string, rows: readonly Row[]): string =>
  rows.map(row => `${JSON.stringify({ table, row })}\n`).join('')

/** Puts the rows of a copy into a state store that is new and of the copy's version; all of them, or none. */
export async function importState(state: State, path: string): Promise<void> {
  await state.write(async tables => {
    for (const table of await tablesOf(tables)) await sql`delete from ${sql.table(table)}`.execute(tables)
    for await (const { table, rows } of batchesIn(path))
      await tables
        .insertInto(table as 'meta')
        .values(rows as { key: string; value: string }[])
        .execute()
  })
}

/** Of the store's own schema: a PostgreSQL database may hold others. */
async function tablesOf(tables: Tables): Promise<readonly string[]> {
  const found = await tables.introspection.getTables()
  const own = found.some(({ schema }) => schema !== undefined) ? await currentSchema(tables) : undefined
  return found
    .filter(({ schema, name }) => schema === own && !ofTheMoment.has(name))
    .map(({ name }) => name)
    .sort()
}

async function currentSchema(tables: Tables): Promise<string | undefined> {
  const { rows } = await sql<{ schema: string }>`select current_schema() as schema`.execute(tables)
  return rows[0]?.schema
}

/** The rows of a table as they are read, so many at once. */
async function* rowsOf(tables: Tables, table: string): AsyncIterable<readonly Row[]> {
  let some: Row[] = []
  for await (const row of tables
    .selectFrom(table as 'meta')
    .selectAll()
    .stream(linesAtOnce)) {
    some.push(row)
    if (some.length < linesAtOnce) continue
    yield some
    some = []
  }
  if (some.length > 0) yield some
}

interface Batch {
  readonly table: string
  readonly rows: readonly Row[]
}

const rowsAtOnce = 100

/** Rows of one table after the other, some at a time. */
async function* batchesIn(path: string): AsyncIterable<Batch> {
  let table = ''
  let rows: Row[] = []
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    const read = parsedJson(line) as { readonly table: string; readonly row: Row } | undefined
    if (read === undefined) throw broken(path)
    if (read.table !== table || rows.length === rowsAtOnce) {
      if (rows.length > 0) yield { table, rows }
      rows = []
    }
    table = read.table
    rows.push(read.row)
  }
  if (rows.length > 0) yield { table, rows }
}

const broken = (where: string): Fault =>
  new Fault({
    what: 'a line of the copy of the state store is none',
    where,
    hint: 'Take another backup; nothing was restored.',
    retry: 'never',
  })
