const units = { m: ['minute', 60_000], h: ['hour', 3_600_000], d: ['day', 86_400_000] } as const

const parts = (span: string): { readonly count: number; readonly unit: (typeof units)[keyof typeof units] } => ({
  count: Number(span.slice(0, -1)),
  unit: units[span.at(-1) as keyof typeof units],
})

/** A span of a header, `26h`, as the engine's interval. */
export function intervalOf(span: string): string {
  const { count, unit } = parts(span)
  return `interval ${count} ${unit[0]}`
}

/** In milliseconds. */
export function lengthOf(span: string): number {
  const { count, unit } = parts(span)
  return count * unit[1]
}
