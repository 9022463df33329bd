import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { freshnessOf, nightDue, usualGrace } from '../../../scheduler/alerts/freshness.ts'

const day = (n: number): string => new Date(Date.UTC(2026, 5, 1 + n)).toISOString().replace('Z', '000Z')
const interval = (from: number, to: number) => ({ from: day(from), to: day(to) })
const line = { since: day(0), every: 0, open: [], firstNight: day(1) }
const dayMs = 24 * 60 * 60_000

test('a pipeline is late while it is not closed up to the night that is due, and not after', () => {
  expect(freshnessOf({ ...line, closed: [interval(0, 4)] }, day(5))).toEqual({
    late: true,
    upTo: day(4),
    beyond: undefined,
  })
  expect(freshnessOf({ ...line, closed: [interval(0, 4), interval(4, 5)] }, day(5))?.late).toBe(false)
})

test('one that has nothing yet is late from the first night on that was to read it, and not before', () => {
  const fresh = { ...line, closed: [], open: [interval(0, 9)], firstNight: day(5) }
  expect(freshnessOf(fresh, day(4))).toBeUndefined()
  expect(freshnessOf(fresh, day(5))).toMatchObject({ late: true, upTo: day(0) })
  expect(freshnessOf({ ...fresh, firstNight: undefined }, day(5))).toBeUndefined()
  expect(freshnessOf({ ...line, closed: [] }, day(5))).toBeUndefined()
})

test('a later interval does not turn it green, and the gap before it is named', () => {
  const found = freshnessOf({ ...line, closed: [interval(0, 3), interval(4, 9)] }, day(5))
  expect(found).toEqual({ late: true, upTo: day(3), beyond: day(4) })
})

test('an interval from before the connection begins changes nothing', () => {
  const before = { from: '2025-01-01T00:00:00.000000Z', to: '2025-02-01T00:00:00.000000Z' }
  expect(freshnessOf({ ...line, closed: [before, interval(0, 5)] }, day(5))).toEqual({
    late: false,
    upTo: day(5),
    beyond: undefined,
  })
  expect(freshnessOf({ ...line, closed: [before, interval(1, 5)] }, day(5))?.late).toBe(false)
})

test('one that is read seldom is late only after its own time', () => {
  const seldom = { ...line, every: 7 * dayMs, closed: [interval(0, 3)] }
  expect(freshnessOf(seldom, day(9))?.late).toBe(false)
  expect(freshnessOf(seldom, day(10))?.late).toBe(true)
})

describe('whatever intervals are closed, in whatever order', () => {
  const intervals = fc.array(
    fc
      .tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 10 }))
      .map(([from, days]) => interval(from, from + days)),
    { maxLength: 12 },
  )
  const due = fc.integer({ min: 1, max: 30 })

  test('it is not late exactly when every day from the first up to the due night is closed', () => {
    fc.assert(
      fc.property(intervals, due, (closed, n) => {
        const open = [interval(0, 1)]
        const found = freshnessOf({ ...line, closed, open }, day(n))
        const covered = Array.from({ length: n }, (_, d) =>
          closed.some(({ from, to }) => from <= day(d) && to >= day(d + 1)),
        )
        expect(found?.late).toBe(!covered.every(Boolean))
        expect(found?.upTo).toBe(day(coveredFrom(closed)))
      }),
    )
  })

  test('the order does not matter, and one more interval never moves it back', () => {
    fc.assert(
      fc.property(intervals, intervals, due, (closed, more, n) => {
        const open = [interval(0, 1)]
        const found = freshnessOf({ ...line, closed, open }, day(n))
        expect(freshnessOf({ ...line, closed: closed.toReversed(), open }, day(n))).toEqual(found)
        const later = freshnessOf({ ...line, closed: [...closed, ...more], open }, day(n))
        expect((later?.upTo ?? '') >= (found?.upTo ?? '')).toBe(true)
      }),
    )
  })

  test('an interval behind a gap never makes it less late', () => {
    fc.assert(
      fc.property(intervals, due, fc.integer({ min: 1, max: 5 }), (closed, n, days) => {
        const open = [interval(0, 1)]
        const reach = coveredFrom(closed)
        const behind = interval(reach + 1, reach + 1 + days)
        const found = freshnessOf({ ...line, closed, open }, day(n))
        expect(freshnessOf({ ...line, closed: [...closed, behind], open }, day(n))).toMatchObject({
          late: found?.late,
          upTo: found?.upTo,
        })
      }),
    )
  })
})

/** The first day from the beginning on that no interval covers, counted day by day. */
function coveredFrom(closed: readonly { readonly from: string; readonly to: string }[]): number {
  let n = 0
  while (closed.some(({ from, to }) => from <= day(n) && to >= day(n + 1))) n += 1
  return n
}

test('the night that is due is the newest whose time is over; its time is four hours, or half of what lies between nights', () => {
  const nightly = { cron: '0 2 * * *', timeZone: 'UTC' }
  const hourly = { cron: '0 * * * *', timeZone: 'UTC' }
  const at = (time: string): Date => new Date(`2026-06-30T${time}:00Z`)
  const due = (schedule: typeof nightly, time: string): string =>
    nightDue(schedule, at(time), usualGrace(schedule, at(time))).slice(8, 16)
  expect([due(nightly, '05:59'), due(nightly, '06:00')]).toEqual(['29T02:00', '30T02:00'])
  expect([due(hourly, '05:29'), due(hourly, '05:30')]).toEqual(['30T04:00', '30T05:00'])
})
