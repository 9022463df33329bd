import { columnSql, name, quote, rulesSql } from '../../contracts/admission.ts'
import type { Column } from '../../contracts/columns.ts'
import { Fault } from '../../contracts/fault.ts'
import type { ColumnType } from '../../models/warehouse/warehouse.ts'
import type { Claim } from '../sources/source.ts'
import type { GateText } from './gated.ts'
import { packed } from './packed.ts'
import { pathSql } from './stage.ts'

/**
 * One pass over a table whose every column is text: one row a record, its `rowid` its position.
 * Columns: admitted, raw (the record as a JSON object of texts), extra (columns that the claim does not name) and c (the contract's).
 */
export function tableQuery(source: string, columns: readonly string[], claim: Claim): string {
  const cells = Object.entries(claim.fields).map(([column, path]) => ({
    column,
    sql: columnSql(claim.contract.row[column] as Column, name(path), claim.forms?.[column]),
  }))
  const beside = columnsBeside(columns, claim)
  return `
    select coalesce(a and ${rulesSql(claim.contract, name)}, false) as admitted, raw, extra, ${packed(cells.map(({ column }) => [column, name(column)]))} as c
    from (select ${cells.map(cell => `${cell.sql.value} as ${name(cell.column)}`).join(', ')},
        (${cells.map(cell => cell.sql.admits).join(' and ')}) as a, ${objectOf(columns)} as raw, ${beside.length === 0 ? 'null::json' : objectOf(beside)} as extra
      from ${source})`
}

/** The columns of a file that its claim does not name. */
export const columnsBeside = (columns: readonly string[], claim: Claim): readonly string[] =>
  columns.filter(column => !Object.values(claim.fields).includes(column))

const objectOf = (columns: readonly string[]): string =>
  `json_object(${columns.map(column => `${quote(column)}, ${name(column)}`).join(', ')})`

/** Every column as text, by position, as the header names them; a line that does not fit is kept apart and counted. */
export function csvSource({ text, dialect }: GateText, header: readonly string[]): string {
  const { delimiter, quote: mark, nulls } = dialect
  return `read_csv(${pathSql(text.path)}, columns={${header.map(column => `${quote(column)}: 'VARCHAR'`).join(', ')}}, header=${dialect.header === undefined},
    compression=${quote(text.compression)}, auto_detect=false, delim=${quote(delimiter)}, quote=${quote(mark ?? '')}, escape=${quote(mark ?? '')},
    nullstr=[${['', ...nulls].map(quote).join(', ')}], strict_mode=true, null_padding=false, max_line_size=16777216, store_rejects=true, rejects_limit=0)`
}

/** A Fault unless the header holds every named column, each once. */
export function checkHeader(header: readonly string[], claim: Claim, where: string): void {
  const twice = header.find((column, at) => header.indexOf(column) !== at)
  const missing = Object.values(claim.fields).filter(path => !header.includes(path))
  if (twice !== undefined) throw refused(where, `the header names the column ${twice} twice`)
  if (missing.length > 0)
    throw refused(where, `the header lacks ${missing.join(', ')}; it has ${header.join(', ') || 'nothing'}`)
}

/** Parquet column types that hold a kind without loss, as DuckDB names them; all may be text as well. */
const parquetTypes: Readonly<Record<Column['kind'], RegExp>> = {
  text: /^VARCHAR$/,
  instant: /^(VARCHAR|TIMESTAMP WITH TIME ZONE)$/,
  decimal: /^(VARCHAR|DECIMAL\(\d+,\d+\))$/,
  integer: /^(VARCHAR|U?(TINY|SMALL)INT|U?INTEGER|BIGINT)$/,
  flag: /^(VARCHAR|BOOLEAN)$/,
  list: /^(VARCHAR|VARCHAR\[\])$/,
}

/** A Parquet file as text columns, cast without loss; a Fault names each column whose type does not match its contract. */
export function parquetSource(path: string, found: readonly ColumnType[], claim: Claim): string {
  checkHeader(
    found.map(column => column.name),
    claim,
    path,
  )
  const wrong = Object.entries(claim.fields).flatMap(([column, from]) => {
    const type = found.find(each => each.name === from)?.type ?? ''
    const promised = claim.contract.row[column] as Column
    return parquetTypes[promised.kind].test(type)
      ? []
      : [`${from} is ${type}, and the contract promises ${promised.form}`]
  })
  if (wrong.length > 0) throw refused(path, wrong.join('; '))
  return `(select ${found.map(column => `${textOf(column)} as ${name(column.name)}`).join(', ')} from read_parquet(${pathSql(path)}))`
}

function textOf({ name: column, type }: ColumnType): string {
  const value = name(column)
  if (type === 'VARCHAR') return value
  if (type === 'TIMESTAMP WITH TIME ZONE') return `strftime(${value}, '%Y-%m-%dT%H:%M:%S.%fZ')`
  if (type.startsWith('DECIMAL'))
    return `regexp_replace(cast(${value} as varchar), '(\\.[0-9]*?)0+$', '\\1').rtrim('.')`
  if (type === 'VARCHAR[]') return `cast(to_json(${value}) as varchar)`
  return `cast(${value} as varchar)`
}

const refused = (where: string, what: string): Fault =>
  new Fault({
    what,
    where,
    hint: 'Nothing of the file was loaded. Ask the sender for a file of the promised form, or change the contract and its source together.',
    retry: 'never',
  })
