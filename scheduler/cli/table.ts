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

/** How long ago, in the two largest units: `2 d 3 h`. */
export function age(instant: string, now: Date): string {
  const minutes = Math.max(Math.floor((now.getTime() - Date.parse(instant)) / 60_000), 0)
  if (minutes < 60) return `${minutes} min`
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`
}

/** How long something took: `18 s`, `3 min 20 s`, `2 h 5 min`. */
export function lasted(ms: number): string {
  const seconds = Math.max(Math.round(ms / 1000), 0)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
}

/** No longer than that; what is left out is marked. */
export const cut = (text: string, longest: number): string =>
  text.length > longest ? `${text.slice(0, longest - 1)}…` : text

/** `1 step`, `1,234 steps`. */
export const counted = (n: number, thing: string): string => `${grouped(n)} ${thing}${n === 1 ? '' : 's'}`

/** `1234567` → `1,234,567`. */
export const grouped = (n: number): string => groupedDigits(String(Math.round(n)))

export const groupedDigits = (digits: string): string => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
