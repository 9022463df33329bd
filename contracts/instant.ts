/** Instants are UTC text with six digits of a second, `2026-06-30T02:00:00.000000Z`: text order is time order. */
export const instantOf = (date: Date): string => date.toISOString().replace('Z', '000Z')

export const dayMs = 24 * 60 * 60 * 1000

/** The instant so many milliseconds before. */
export const earlier = (instant: string, ms: number): string => instantOf(new Date(Date.parse(instant) - ms))

/** The next instant that can be written: one microsecond later. */
export function justAfter(instant: string): string {
  const micros = BigInt(Date.parse(instant.slice(0, 19).concat('Z'))) * 1000n + BigInt(instant.slice(20, 26)) + 1n
  const second = new Date(Number(micros / 1_000_000n) * 1000).toISOString().slice(0, 19)
  return `${second}.${String(micros % 1_000_000n).padStart(6, '0')}Z`
}
