/** Rows as aligned columns; the last column runs free. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => (row[column] ?? '').length)))
  return rows
    .map(row =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** `2026-06-30T02:00:00.000000Z` → `2026-06-30 02:00`. */
export const minute = (instant: string): string => instant.slice(0, 16).replace('T', ' ')
export const minuteOf = (ms: number | null): string => (ms === null ? '' : minute(new Date(ms).toISOString()))
