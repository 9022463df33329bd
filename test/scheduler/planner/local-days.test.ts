import fc from 'fast-check'
import { expect, test } from 'vitest'
import { localDays } from '../../../scheduler/planner/local-days.ts'

const zones = [
  'UTC',
  'Europe/Berlin',
  'Africa/Cairo',
  'America/Santiago',
  'America/Havana',
  'Asia/Beirut',
  'America/New_York',
  'Asia/Kathmandu',
  'Pacific/Apia',
]
const dayMs = 86_400_000
const dayAt = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

test('the days of any zone tile: each begins where the one before ends, in its own date, and none is left out', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: Date.parse('2012-01-01') / dayMs, max: Date.parse('2028-06-01') / dayMs }),
      fc.integer({ min: 1, max: 40 }),
      (timeZone, first, count) => {
        const from = dayAt(first * dayMs)
        const days = localDays({ from, to: dayAt((first + count) * dayMs), timeZone })
        expect(days.map(({ day }) => day)).toEqual(Array.from({ length: count }, (_, n) => dayAt((first + n) * dayMs)))
        const dateOf = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' })
        for (const [n, { day, interval }] of days.entries()) {
          expect(dateOf.format(new Date(interval.from))).toBe(day)
          expect(dateOf.format(new Date(Date.parse(interval.from) - 1)) < day).toBe(true)
          expect(interval.from).toBe(days[n - 1]?.interval.to ?? interval.from)
        }
      },
    ),
    { numRuns: 150 },
  )
})

test.each([
  ['Africa/Cairo', '2027-04-30', '2027-04-29T22:00:00.000000Z', '2027-04-30T21:00:00.000000Z'],
  ['America/Havana', '2026-11-01', '2026-11-01T04:00:00.000000Z', '2026-11-02T05:00:00.000000Z'],
  ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000000Z', '2026-03-29T22:00:00.000000Z'],
])('in %s the day %s, on which the clocks change, is whole', (timeZone, day, from, to) => {
  const next = dayAt(Date.parse(day) + dayMs)
  expect(localDays({ from: day, to: next, timeZone })).toEqual([{ day, interval: { from, to } }])
})
