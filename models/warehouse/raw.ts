import { name, rawType } from '../../contracts/admission.ts'
import { type Contract, tableOf } from '../../contracts/contract.ts'

/** What every row of `raw` carries beside its contract's columns. */
export const rawMeta = {
  _connection: 'VARCHAR',
  _load: 'VARCHAR',
  _position: 'BIGINT',
  _extracted_at: 'TIMESTAMPTZ',
  _deleted_at: 'TIMESTAMPTZ',
  /** How it was found out: `event`, or `sweep`. */
  _deleted_by: 'VARCHAR',
  /** The load that found it out. */
  _deleted_load: 'VARCHAR',
  _extra: 'JSON',
} as const

export const rawRelation = (contract: Contract): string => `raw.${name(tableOf(contract))}`

/** The table that holds a contract's records; a column that the contract gained is added, none is ever dropped. */
export function rawTable(contract: Contract): readonly string[] {
  const columns = Object.entries(contract.row).map(([column, { kind }]) => [column, rawType[kind]] as const)
  const all = [...columns, ...Object.entries(rawMeta)].map(([column, type]) => `${name(column)} ${type}`)
  return [
    'create schema if not exists raw',
    `create table if not exists ${rawRelation(contract)} (${all.join(', ')})`,
    ...[...columns, ...Object.entries(rawMeta)].map(
      ([column, type]) => `alter table ${rawRelation(contract)} add column if not exists ${name(column)} ${type}`,
    ),
  ]
}
