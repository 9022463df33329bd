import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { graceMs, type Stop, stopOnSignals } from '../../../scheduler/cli/stop-on-signals.ts'

let stop: Stop
let left: number
beforeEach(() => {
  vi.useFakeTimers()
  left = 0
  vi.spyOn(process, 'exit').mockImplementation((() => {
    left += 1
  }) as never)
})
afterEach(() => {
  stop.done()
  vi.restoreAllMocks()
  vi.useRealTimers()
})

test('steps that do not stop when the time that was given is over are left after the grace', () => {
  stop = stopOnSignals(60_000)
  vi.advanceTimersByTime(59_999)
  expect(stop.signal.aborted).toBe(false)
  vi.advanceTimersByTime(1)
  expect([stop.signal.aborted, left]).toEqual([true, 0])
  vi.advanceTimersByTime(graceMs)
  expect(left).toBe(1)
})

test('a signal shortly before the end of the time has its whole grace', () => {
  stop = stopOnSignals(60_000)
  vi.advanceTimersByTime(50_000)
  process.emit('SIGTERM')
  expect(stop.signal.aborted).toBe(true)
  vi.advanceTimersByTime(graceMs - 1)
  expect(left).toBe(0)
  vi.advanceTimersByTime(1)
  expect(left).toBe(1)
})

test('what has stopped in time is not left', () => {
  stop = stopOnSignals(60_000)
  vi.advanceTimersByTime(60_000)
  stop.done()
  vi.advanceTimersByTime(2 * graceMs)
  expect(left).toBe(0)
})
