import { basename } from 'node:path'
import { columnNames, columnSql, name, quote, rawType } from '../../contracts/admission.ts'
import type { Column } from '../../contracts/columns.ts'
import type { Contract } from '../../contracts/contract.ts'
import type { Local } from '../../models/warehouse/warehouse.ts'
import type { GateFile } from './gated.ts'

/** The columns of a contract cast from the texts that the judge accepted. */
const acceptedSelect = (path: string, contract: Contract): string =>
  `select ${columnNames(contract.row)
    .map(column => `${columnSql(contract.row[column] as Column, name(column)).value} as ${name(column)}`)
    .join(
      ', ',
    )}, _position::bigint as _position, _ordinal::bigint as _ordinal, _extra::json as _extra from ${acceptedSource(path, contract)}`

/** The relation of what was rejected of one file; positions made unique over the files of the load. */
export const rejectedTable = (relation: string, path: string | undefined, file: GateFile): string =>
  path === undefined
    ? `create or replace table ${relation} (contract varchar, record varchar, position bigint, ordinal bigint, raw varchar, breaches json, file varchar)`
    : `create or replace table ${relation} as ${rejectedSelect(path, file)}`

const rejectedSelect = (path: string, file: GateFile): string =>
  `select contract, record, _position::bigint + ${file.offset} as position, _ordinal::bigint as ordinal, raw, breaches::json as breaches, ${quote(basename(file.path))} as file
   from ${rejectedSource(path, file.longest)}`

export interface StageTerms {
  readonly contract: Contract
  readonly view: string
  /** The query of what the engine admitted. */
  readonly admitted: string
  /** The table for what the judge accepted, and the file in which it is; no file where that is nothing. */
  readonly accepted: string
  readonly path: string | undefined
  readonly offset: number
}

/** Makes one stage: what the query admitted beside what the judge accepted. */
export function stageStatements({ contract, view, admitted, accepted, path, offset }: StageTerms): readonly string[] {
  const judged = path === undefined ? '' : ` union all by name select * from ${accepted}`
  return [
    ...(path === undefined ? [] : [`create or replace table ${accepted} as ${acceptedSelect(path, contract)}`]),
    `create or replace view ${view} as select * replace (_position + ${offset} as _position) from (${admitted}${judged})`,
  ]
}

/** A stage that nothing is in. */
export const emptyStage = (relation: string, { row }: Contract): string =>
  `create or replace view ${relation} as select ${Object.entries(row)
    .map(([column, { kind }]) => `null::${rawType[kind]} as ${name(column)}`)
    .join(', ')}, null::bigint as _position, null::bigint as _ordinal, null::json as _extra where false`

/** Several counts, each a query of one number, asked for at once. */
export async function counts<Name extends string>(
  local: Local,
  queries: Readonly<Record<Name, string>>,
): Promise<Readonly<Record<Name, number>>> {
  const all = Object.entries<string>(queries)
  const [row = {}] = await local.query(`select ${all.map(([what, sql]) => `(${sql}) as ${name(what)}`).join(', ')}`)
  return Object.fromEntries(all.map(([what]) => [what, Number(row[what] ?? 0)])) as Record<Name, number>
}

/** Reads back what the judge accepted, as the relation of texts that the gate's casts take. */
const acceptedSource = (path: string, contract: Contract): string =>
  readTexts(path, [...columnNames(contract.row), '_position', '_ordinal', '_extra'])

const rejectedSource = (path: string, longest: number): string =>
  readTexts(path, ['contract', 'record', '_position', '_ordinal', 'raw', 'breaches'], escaped * longest)

/** An accepted record is no longer than the line it came from, and a line that is read is at most 4 MiB. */
const usual = 16 * 1024 * 1024
/** A control character takes six when it is written as JSON text. */
const escaped = 6

/** The reader keeps twice the size on every thread: no more than the longest record needs. */
const readTexts = (path: string, columns: readonly string[], size = usual): string =>
  `read_json(${quote(path)}, format='newline_delimited', maximum_object_size=${Math.max(size, usual)}, columns={${columns.map(column => `${name(column)}: 'VARCHAR'`).join(', ')}})`

/** A path for a reader of the engine, to which a bracket or a star would be a pattern of names. */
export const pathSql = (path: string): string => quote(path.replace(/[[*?]/g, '[$&]'))

export async function count(local: Local, sql: string): Promise<number> {
  const [row] = await local.query(sql)
  return Number(Object.values(row ?? {})[0] ?? 0)
}
