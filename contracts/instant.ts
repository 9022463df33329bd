/** Instants are UTC text with six digits of a second, `2026-06-30T02:00:00.000000Z`: text order is time order. */
export const instantOf = (date: Date): string => date.toISOString().replace('Z', '000Z')

/** The instant so many milliseconds before. */
export const earlier = (instant: string, ms: number): string => instantOf(new Date(Date.parse(instant) - ms))
