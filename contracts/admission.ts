import type { Column, Columns } from './columns.ts'
import type { Contract } from './contract.ts'
import type { Form } from './forms.ts'

/**
 * The gate's query, column by column: SQL (DuckDB) that admits a value only when the judge would accept it with the same value.
 * It may doubt a good value; the judge then has the last word. `leaf` is an expression of type VARCHAR, null for null and absent;
 * `form` is how it is written, where that is not as the contract wants it.
 */
export interface ColumnSql {
  /** The value in the warehouse's type. Only meaningful where `admits` is true. */
  readonly value: string
  /** True or false, never null. */
  readonly admits: string
}

export function columnSql(column: Column, leaf: string, form?: Form): ColumnSql {
  const { value, formed } = byKind[column.kind](column, form === undefined ? leaf : `(${form.sql(leaf)})`)
  return { value, admits: `case when ${leaf} is null then ${column.nullable} else coalesce(${formed}, false) end` }
}

/** True where every rule of the contract holds; `value` gives the typed expression of a column. */
export const rulesSql = (contract: Contract, value: (column: string) => string): string =>
  contract.rules.length === 0 ? 'true' : contract.rules.map(rule => `(${rule.sql(value)})`).join(' and ')

/** The type of a column in the warehouse's `raw` schema. */
export const rawType: Readonly<Record<Column['kind'], string>> = {
  text: 'VARCHAR',
  instant: 'TIMESTAMPTZ',
  decimal: 'DECIMAL(38,9)',
  integer: 'BIGINT',
  flag: 'BOOLEAN',
  list: 'JSON',
}

/** The JSON types (as DuckDB's `json_type` names them) in which a column may arrive. */
export const jsonTypes: Readonly<Record<Column['kind'], readonly string[]>> = {
  text: ['VARCHAR'],
  instant: ['VARCHAR'],
  decimal: ['VARCHAR'],
  integer: ['UBIGINT', 'BIGINT', 'VARCHAR'],
  flag: ['BOOLEAN', 'VARCHAR'],
  list: ['ARRAY'],
}

export const columnNames = (columns: Columns): readonly string[] => Object.keys(columns)

export const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`
export const name = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`

const matches = (leaf: string, pattern: string): string => `regexp_full_match(${leaf}, ${quote(pattern)})`

/** `formed` is read only where the leaf is not null. */
const byKind: Readonly<Record<Column['kind'], (column: Column, leaf: string) => { value: string; formed: string }>> = {
  text: (column, leaf) => ({ value: leaf, formed: formed(column, leaf) }),
  /** Cast as TIMESTAMP, which reads the `Z` exactly, and only then given its zone: the direct cast goes through ICU and costs six times as much. */
  instant: (column, leaf) => {
    const value = `make_timestamptz(epoch_us(try_cast(${leaf} as timestamp)))`
    return { value, formed: `${formed(column, leaf)} and try_cast(${leaf} as timestamp) is not null` }
  },
  decimal: (column, leaf) => ({ value: `try_cast(${leaf} as decimal(38,9))`, formed: formed(column, leaf) }),
  integer: (column, leaf) => ({ value: `try_cast(${leaf} as bigint)`, formed: formed(column, leaf) }),
  flag: (_, leaf) => ({ value: `${leaf} = 'true'`, formed: `${leaf} in ('true', 'false')` }),
  list: (_, leaf) => ({
    value: `to_json(from_json(try_cast(${leaf} as json), '["VARCHAR"]'))`,
    formed: `json_type(try_cast(${leaf} as json)) = 'ARRAY' and len(list_filter(json_type(try_cast(${leaf} as json), '$[*]'), lambda kind: kind <> 'VARCHAR')) = 0`,
  }),
}

/** Not `in (…)`: from five values on DuckDB makes a join of it, and behind a join a file's lines lose their order. */
function formed(column: Column, leaf: string): string {
  if (column.values !== undefined) return matches(leaf, column.values.map(escaped).join('|'))
  return column.pattern === undefined ? 'true' : matches(leaf, column.pattern)
}

const escaped = (word: string): string => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
