import { name, quote, rawType } from '../../contracts/admission.ts'
import { type Contract, tableOf } from '../../contracts/contract.ts'
import { Fault } from '../../contracts/fault.ts'
import type { ColumnType, Reader, Statement } from './warehouse.ts'

/** What every row of `raw` carries beside its contract's columns. */
const rawMeta = {
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

export const rawRelation = (contract: Pick<Contract, 'name'>): string => `raw.${name(tableOf(contract))}`

/** `storefront.order` → `raw.storefront_order`, unquoted: the name under which fences, steps and checks know it. */
export const rawName = (contract: Pick<Contract, 'name'>): string => `raw.${tableOf(contract)}`

/**
 * The table that holds a contract's records: created where it does not stand, and otherwise given the columns that the contract gained
 * since; none is ever dropped. `standing` are the columns that it has; a Fault where one of them has become of another kind.
 */
export function rawTable(contract: Contract, standing?: readonly ColumnType[]): readonly string[] {
  const columns = Object.entries(contract.row).map(([column, { kind }]) => [column, rawType[kind]] as const)
  const all = [...columns, ...Object.entries(rawMeta)]
  if (standing === undefined)
    return [
      'create schema if not exists raw',
      `create table if not exists ${rawRelation(contract)} (${all.map(([column, type]) => `${name(column)} ${type}`).join(', ')})`,
    ]
  for (const [column, type] of all) {
    const stands = standing.find(each => each.name === column)
    if (stands !== undefined && !isOf(type, stands)) throw retyped(contract, { stands, type })
  }
  return all
    .filter(([column]) => !standing.some(each => each.name === column))
    .map(([column, type]) => `alter table ${rawRelation(contract)} add column if not exists ${name(column)} ${type}`)
}

/** Types whose name the engine spells out. */
const spelledOut: Readonly<Record<string, string>> = { TIMESTAMPTZ: 'TIMESTAMP WITH TIME ZONE' }
const isOf = (type: string, stands: ColumnType): boolean => stands.type === type || stands.type === spelledOut[type]

/** The engine would cast what comes to what stands, and round an amount without a word. */
const retyped = (contract: Contract, { stands, type }: { readonly stands: ColumnType; readonly type: string }): Fault =>
  new Fault({
    what: `${stands.name} stands as ${stands.type}, and ${contract.name} now promises ${type}`,
    where: rawRelation(contract),
    hint: `Nothing was loaded. Give the column another name in the contract; or, where no value is lost by it, run: alter table ${rawRelation(contract)} alter column ${name(stands.name)} type ${type}`,
    retry: 'never',
  })

/** What is missing of the tables of these contracts. */
export async function rawTables(reader: Reader, contracts: readonly Contract[]): Promise<readonly Statement[]> {
  const standing = await standingColumns(reader, contracts.map(tableOf))
  return contracts.flatMap(contract => rawTable(contract, standing.get(tableOf(contract))).map(sql => ({ sql })))
}

/** The columns of those tables of `raw` that stand. */
async function standingColumns(
  reader: Reader,
  tables: readonly string[],
): Promise<ReadonlyMap<string, readonly ColumnType[]>> {
  const standing = new Map<string, ColumnType[]>()
  if (tables.length === 0) return standing
  const rows = await reader.query({
    sql: `select table_name, column_name, data_type from information_schema.columns
      where table_catalog = current_database() and table_schema = 'raw' and table_name in (${tables.map(quote).join(', ')})`,
  })
  for (const { table_name, column_name, data_type } of rows) {
    const columns = standing.get(String(table_name)) ?? []
    standing.set(String(table_name), [...columns, { name: String(column_name), type: String(data_type) }])
  }
  return standing
}
