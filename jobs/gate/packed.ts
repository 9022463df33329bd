import { columnNames, name } from '../../contracts/admission.ts'
import type { Contract } from '../../contracts/contract.ts'

/**
 * Columns as one struct. DuckDB 1.5 lets a thread write a table only where 4 MB are free for each of its columns, counted at the
 * top: thirty columns beside each other would leave one thread at work under the memory limit.
 */
export const packed = (columns: readonly (readonly [string, string])[]): string =>
  `struct_pack(${columns.map(([column, sql]) => `${name(column)} := ${sql}`).join(', ')})`

export const unpacked = (struct: string, column: string): string => `${struct}.${name(column)}`

/** Every column of a contract, from one struct. */
export const unpackedAll = (struct: string, { row }: Contract): string =>
  columnNames(row)
    .map(column => `${unpacked(struct, column)} as ${name(column)}`)
    .join(', ')
