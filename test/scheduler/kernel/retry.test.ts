import { expect, test } from 'vitest'
import { retryAfter } from '../../../scheduler/kernel/retry.ts'

const later = { retry: 'later', waitMs: undefined, attempt: 1, risk: 'financial' } as const

test.each([
  ['financial', 5],
  ['operational', 4],
  ['analytical', 2],
] as const)('a %s step is tried %i times', (risk, tries) => {
  const waits = Array.from({ length: 6 }, (_, n) => retryAfter({ ...later, risk, attempt: n + 1 }, 0))
  expect(waits.filter(wait => wait !== undefined)).toHaveLength(tries - 1)
  expect(waits.slice(0, tries - 1)).not.toContain(undefined)
})

test('what a person must change first fails at once', () => {
  expect(retryAfter({ ...later, retry: 'never' }, 0)).toBeUndefined()
})

test.each([
  ['later', 1, 1, 1_000],
  ['later', 1, 0, 500],
  ['later', 2, 1, 2_000],
  ['later', 4, 1, 8_000],
  ['now', 1, 1, 250],
  ['now', 3, 0, 500],
] as const)('%s after try %i with the dice at %i waits %i ms', (retry, attempt, random, wait) => {
  expect(retryAfter({ ...later, retry, attempt }, random)).toBe(wait)
})

test('what the outside said is waited for at least, and a longer backoff still counts', () => {
  expect(retryAfter({ ...later, waitMs: 42_000 }, 1)).toBe(42_000)
  expect(retryAfter({ ...later, attempt: 4, waitMs: 10 }, 1)).toBe(8_000)
})
