import { Fault } from '../../contracts/fault.ts'

/** A Fault unless it is a day that a calendar has, written `2026-06-30`. */
export function checkDay(day: string, hint: string): void {
  const at = new Date(`${day}T00:00:00Z`)
  if (/^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day)) return
  throw new Fault({ what: `${day} is no day`, where: 'the command line', hint, retry: 'never' })
}
