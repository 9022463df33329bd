import {
  DuckDBArrayValue,
  type DuckDBDataChunk,
  DuckDBListValue,
  DuckDBMapValue,
  type DuckDBResult,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api'
import type { Json } from '../../../contracts/context.ts'
import type { Cell, Cells } from '../warehouse.ts'

export type ReadChunk = (chunk: DuckDBDataChunk) => readonly Cells[]

/** Makes the reader of a result's chunks; how a column is read is decided once, by its type. */
export function chunkReader(result: DuckDBResult): ReadChunk {
  const columns = result
    .deduplicatedColumnNames()
    .map((column, index) => ({ column, read: reader(result.columnType(index)) }))
  return chunk => {
    const rows: Record<string, Cell>[] = Array.from({ length: chunk.rowCount }, () => ({}))
    columns.forEach(({ column, read }, index) => {
      chunk.visitColumnValues(index, (value, row) => {
        const cells = rows[row]
        if (cells !== undefined) cells[column] = value === null ? null : read(value)
      })
    })
    return rows
  }
}

type Read = (value: DuckDBValue) => Cell

const small = new Set([
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT,
  DuckDBTypeId.UINTEGER,
])
const nested = new Set([DuckDBTypeId.LIST, DuckDBTypeId.ARRAY, DuckDBTypeId.STRUCT, DuckDBTypeId.MAP])

function reader(type: DuckDBType): Read {
  if (small.has(type.typeId)) return value => BigInt(value as number)
  if (nested.has(type.typeId)) return value => JSON.stringify(plain(value))
  return cellOf
}

function cellOf(value: DuckDBValue): Cell {
  if (value instanceof DuckDBTimestampTZValue) return instantText(value.micros, 'Z')
  if (value instanceof DuckDBTimestampValue) return instantText(value.micros, '')
  return typeof value === 'object' ? String(value) : value
}

/** A nested value as JSON: numbers that a double would bend are text. */
function plain(value: DuckDBValue): Json {
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(plain)
  if (value instanceof DuckDBStructValue)
    return Object.fromEntries(Object.entries(value.entries).map(([key, entry]) => [key, plain(entry)]))
  if (value instanceof DuckDBMapValue)
    return value.entries.map(entry => ({ key: plain(entry.key), value: plain(entry.value) }))
  if (value === null) return null
  const cell = cellOf(value)
  if (typeof cell !== 'bigint') return cell
  return Number.isSafeInteger(Number(cell)) ? Number(cell) : cell.toString()
}

const infinities = new Map([
  [DuckDBTimestampValue.PosInf.micros, 'infinity'],
  [DuckDBTimestampValue.NegInf.micros, '-infinity'],
])

/** `YYYY-MM-DDTHH:MM:SS.ffffff`, six digits always; exact, because only whole milliseconds pass through `Date`. */
function instantText(micros: bigint, zone: 'Z' | ''): string {
  const endless = infinities.get(micros)
  if (endless !== undefined) return endless
  const rest = ((micros % 1000n) + 1000n) % 1000n
  const millis = Number((micros - rest) / 1000n)
  return `${new Date(millis).toISOString().slice(0, -1)}${rest.toString().padStart(3, '0')}${zone}`
}
