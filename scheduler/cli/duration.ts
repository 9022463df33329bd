import { Fault } from '../../contracts/fault.ts'

const units = { s: 1_000, m: 60_000, h: 60 * 60_000, d: 24 * 60 * 60_000 } as const
const longestDays = 90

/** `90s`, `30m`, `2h`, `3d`, as an option says it, in milliseconds. */
export function durationOf(option: string, text: string): number {
  const [, digits, unit] = /^([1-9][0-9]{0,4})([smhd])$/.exec(text) ?? []
  const ms = Number(digits) * units[unit as keyof typeof units]
  if (ms <= longestDays * units.d) return ms
  throw new Fault({
    what: `${option} takes a time of up to ${longestDays} days, and got ${text}`,
    where: 'the command line',
    hint: `For example ${option} 30m, ${option} 2h or ${option} 3d.`,
    retry: 'never',
  })
}
