import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Range, rangesToBuild } from '../../models/ranges.ts'

const at = (hours: number): string =>
  new Date(Date.UTC(2026, 5, 1) + hours * 3_600_000).toISOString().replace('Z', '000Z')
const range = (from: number, to: number): Range => ({ from: at(from), to: at(to) })

describe('the ranges that are still to be built', () => {
  test('are all of it at first', () => {
    expect(rangesToBuild({ covered: [], since: at(0), until: at(50), lookback: '3h', grain: 'day' })).toEqual([
      range(0, 50),
    ])
  })

  test('begin where what was built ends, earlier by the lookback, and at the beginning of their grain', () => {
    const terms = { covered: [range(0, 50)], since: at(0), until: at(74) }
    expect(rangesToBuild(terms)).toEqual([range(50, 74)])
    expect(rangesToBuild({ ...terms, lookback: '4h' })).toEqual([range(46, 74)])
    expect(rangesToBuild({ ...terms, lookback: '4h', grain: 'day' })).toEqual([range(24, 74)])
    expect(rangesToBuild({ ...terms, grain: 'hour', lookback: '30m' })).toEqual([range(49, 74)])
    expect(rangesToBuild({ ...terms, lookback: '90d' })).toEqual([range(0, 74)])
  })

  test('are none where all is built', () => {
    expect(rangesToBuild({ covered: [range(0, 74)], since: at(0), until: at(74), lookback: '4h' })).toEqual([])
  })

  test('fill what was left open in between', () => {
    expect(rangesToBuild({ covered: [range(30, 40), range(0, 10)], since: at(0), until: at(50) })).toEqual([
      range(10, 30),
      range(40, 50),
    ])
  })

  test('with what is covered are the whole, whatever was built before, and overlap nothing of it without lookback and grain', () => {
    const ranges = fc.array(
      fc
        .tuple(fc.integer({ min: -20, max: 120 }), fc.integer({ min: 1, max: 30 }))
        .map(([from, long]) => range(from, from + long)),
    )
    fc.assert(
      fc.property(ranges, covered => {
        const open = rangesToBuild({ covered, since: at(0), until: at(100) })
        for (let hour = 0; hour < 100; hour += 1) {
          const holds = ({ from, to }: Range): boolean => from <= at(hour) && at(hour) < to
          expect(open.filter(holds).length).toBe(covered.some(holds) ? 0 : 1)
        }
      }),
    )
  })
})
