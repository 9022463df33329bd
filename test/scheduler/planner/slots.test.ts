import { expect, test } from 'vitest'
import { nextSlot, slotAt } from '../../../scheduler/planner/slots.ts'

const nightly = { cron: '0 2 * * *', timeZone: 'UTC' }

test.each([
  ['2026-06-30T01:59:59.999Z', '2026-06-29T02:00:00.000000Z'],
  ['2026-06-30T02:00:00.000Z', '2026-06-30T02:00:00.000000Z'],
  ['2026-06-30T02:00:00.001Z', '2026-06-30T02:00:00.000000Z'],
  ['2026-07-01T01:00:00.000Z', '2026-06-30T02:00:00.000000Z'],
])('at %s the night that is due ended at %s', (now, slot) => {
  expect(slotAt(nightly, new Date(now))).toBe(slot)
})

test('the next night ends after now, never at it', () => {
  expect(nextSlot(nightly, new Date('2026-06-30T02:00:00Z'))).toBe('2026-07-01T02:00:00.000000Z')
})

/** Days on which a zone skips or repeats the hour of the schedule, from the time zone database. */
const oddDays = [
  ['Africa/Cairo', '0 0 * * *', '2027-04-30', '2027-04-29T22:00:00.000000Z', 'midnight is skipped'],
  ['Africa/Cairo', '30 0 * * *', '2027-04-30', '2027-04-29T22:00:00.000000Z', 'half past midnight is skipped'],
  ['America/Santiago', '0 0 * * *', '2026-09-06', '2026-09-06T04:00:00.000000Z', 'midnight is skipped'],
  ['Asia/Beirut', '0 0 * * *', '2027-03-28', '2027-03-27T22:00:00.000000Z', 'midnight is skipped'],
  ['America/Havana', '0 0 * * *', '2027-03-14', '2027-03-14T05:00:00.000000Z', 'midnight is skipped'],
  ['America/New_York', '30 2 * * *', '2027-03-14', '2027-03-14T07:00:00.000000Z', 'half past two is skipped'],
  ['America/New_York', '30 1 * * *', '2026-11-01', '2026-11-01T05:30:00.000000Z', 'half past one comes twice'],
  ['America/Havana', '30 0 * * *', '2026-11-01', '2026-11-01T04:30:00.000000Z', 'half past midnight comes twice'],
  ['Europe/Berlin', '0 2 * * *', '2028-02-29', '2028-02-29T01:00:00.000000Z', 'it comes once in four years'],
] as const

test.each(oddDays)('in %s at %s the day %s has its one night at %s, though %s', (timeZone, cron, day, instant) => {
  const slots = nightsAround({ cron, timeZone }, day)
  expect(slots.filter(slot => localDay(slot, timeZone) === day)).toEqual([instant])
})

test.each(oddDays)(
  'in %s at %s the days around %s have one night each, seen from before and from behind',
  (timeZone, cron, day) => {
    const slots = nightsAround({ cron, timeZone }, day)
    const days = slots.map(slot => localDay(slot, timeZone))
    expect(new Set(days).size).toBe(days.length)
    expect(days).toHaveLength(9)
    for (const [n, slot] of slots.entries()) {
      const until = slots[n + 1]
      const justBefore = until === undefined ? new Date(Date.parse(slot) + 1) : new Date(Date.parse(until) - 1)
      expect(slotAt({ cron, timeZone }, justBefore)).toBe(slot)
    }
  },
)

/** The nights of nine days, as a planner meets them that asks for the next one each time. */
function nightsAround(schedule: { readonly cron: string; readonly timeZone: string }, day: string): readonly string[] {
  const slots: string[] = []
  let now = new Date(Date.parse(`${day}T12:00:00Z`) - 5 * 86_400_000)
  while (slots.length < 9) {
    const next = nextSlot(schedule, now) ?? ''
    slots.push(next)
    now = new Date(next)
  }
  return slots
}

const localDay = (instant: string, timeZone: string): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(new Date(instant))
