import { name, rawType } from '../../contracts/admission.ts'
import { type Contract, tableOf } from '../../contracts/contract.ts'
import type { Reader, Statement } from './warehouse.ts'

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

/**
 * The table that holds a contract's records: created where it does not stand, and otherwise given the columns that the contract gained
 * since; none is ever dropped. `standing` are the columns that it has.
 */
export function rawTable(contract: Contract, standing?: readonly string[]): readonly string[] {
  const columns = Object.entries(contract.row).map(([column, { kind }]) => [column, rawType[kind]] as const)
  const all = [...columns, ...Object.entries(rawMeta)]
  if (standing === undefined)
    return [
      'create schema if not exists raw',
      `create table if not exists ${rawRelation(contract)} (${all.map(([column, type]) => `${name(column)} ${type}`).join(', ')})`,
    ]
  return all
    .filter(([column]) => !standing.includes(column))
    .map(([column, type]) => `alter table ${rawRelation(contract)} add column if not exists ${name(column)} ${type}`)
}

/** What is missing of the tables of these contracts. */
export async function rawTables(reader: Reader, contracts: readonly Contract[]): Promise<readonly Statement[]> {
  const missing: Statement[] = []
  for (const contract of contracts) {
    const standing = await reader.columns(rawRelation(contract))
    missing.push(
      ...rawTable(
        contract,
        standing?.map(column => column.name),
      ).map(sql => ({ sql })),
    )
  }
  return missing
}
