import { columnNames, columnSql, name, quote } from '../../contracts/admission.ts'
import type { Column } from '../../contracts/columns.ts'
import type { Contract } from '../../contracts/contract.ts'
import type { Local } from '../../models/warehouse/warehouse.ts'
import type { GateFile } from './gate.ts'

/** The columns of a contract cast from the texts that the judge accepted. */
export const acceptedSelect = (path: string, contract: Contract): string =>
  `select ${columnNames(contract.row)
    .map(column => `${columnSql(contract.row[column] as Column, name(column)).value} as ${name(column)}`)
    .join(
      ', ',
    )}, _position::bigint as _position, _ordinal::bigint as _ordinal, _extra::json as _extra from ${acceptedSource(path, contract)}`

/** The rejects of one file; positions made unique over the files of the load. */
export const rejectedSelect = (path: string, file: GateFile): string =>
  `select contract, record, _position::bigint + ${file.offset} as position, _ordinal::bigint as ordinal, raw, breaches::json as breaches
   from ${rejectedSource(path)}`

/** One stage: what the query admitted beside what the judge accepted. */
export const stageView = (stage: {
  readonly admitted: string
  readonly accepted: string
  readonly offset: number
}): string =>
  `select * replace (_position + ${stage.offset} as _position) from (${stage.admitted} union all by name select * from ${stage.accepted})`

/** Reads back what the judge accepted, as the relation of texts that the gate's casts take. */
const acceptedSource = (path: string, contract: Contract): string =>
  readTexts(path, [...columnNames(contract.row), '_position', '_ordinal', '_extra'])

const rejectedSource = (path: string): string =>
  readTexts(path, ['contract', 'record', '_position', '_ordinal', 'raw', 'breaches'])

const readTexts = (path: string, columns: readonly string[]): string =>
  `read_json(${quote(path)}, format='newline_delimited', maximum_object_size=268435456, columns={${columns.map(column => `${name(column)}: 'VARCHAR'`).join(', ')}})`

export async function count(local: Local, sql: string): Promise<number> {
  const [row] = await local.query(sql)
  return Number(Object.values(row ?? {})[0] ?? 0)
}
