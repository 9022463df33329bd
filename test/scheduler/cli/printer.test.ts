import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { printerFor } from '../../../scheduler/cli/printer.ts'
import type { RunSummary } from '../../../scheduler/cli/summary.ts'
import { step } from '../fixture.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-06-30T03:00:00Z') })
})
afterEach(() => {
  vi.useRealTimers()
})

const screen = (isTTY: boolean) => {
  const written: string[] = []
  return {
    out: { isTTY, columns: 60, write: (text: string) => void written.push(text) },
    text: () => written.splice(0).join(''),
  }
}
const load = step('load')
const build = step('build')
const clear = (lines: number): string => `\u001b[${lines}A\u001b[0J`

test('a pipe gets plain lines and no control characters', () => {
  const { out, text } = screen(false)
  const printer = printerFor(out, false)
  printer.say('The night.')
  printer.tell({ what: 'started', step: load, attempt: 1 })
  printer.tell({ what: 'progress', step: load, done: 1, of: 2 })
  printer.tell({ what: 'done', step: load, report: { counts: {} }, ms: 1_000 })
  printer.end()
  expect(text()).toBe('The night.\nstart   load\nok      load  1.0 s\n')
})

test('a terminal shows one line for each step that runs, and lets what ended scroll by above', () => {
  const { out, text } = screen(true)
  const printer = printerFor(out, false)
  printer.tell({ what: 'started', step: load, attempt: 1 })
  printer.tell({ what: 'started', step: build, attempt: 1 })
  expect(text()).toBe(`run     load  0 s\n${clear(1)}run     load  0 s\nrun     build  0 s\n`)
  printer.tell({ what: 'progress', step: load, done: 500, of: 1_000 })
  expect(text()).toBe('')
  vi.advanceTimersByTime(250)
  expect(text()).toBe(`${clear(2)}run     load  0 s  500 of 1,000  2,000/s  0 s left\nrun     build  0 s\n`)
  printer.tell({ what: 'done', step: load, report: { counts: {} }, ms: 300 })
  expect(text()).toBe(`${clear(2)}ok      load  0.3 s\nrun     build  0 s\n`)
  printer.end()
  expect(text()).toBe(clear(1))
})

test('a machine gets one object a line, and of a step’s progress one a second', () => {
  const { out, text } = screen(true)
  const printer = printerFor(out, true)
  for (let done = 0; done < 20; done += 1) {
    printer.tell({ what: 'progress', step: load, done, of: 20 })
    vi.advanceTimersByTime(100)
  }
  const lines = text()
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as object)
  expect(lines).toEqual([
    { at: '2026-06-30T03:00:00.000Z', what: 'progress', step: 'load', done: 0, of: 20 },
    { at: '2026-06-30T03:00:01.000Z', what: 'progress', step: 'load', done: 10, of: 20 },
  ])
})

test('a machine is told money as a person is, and ungrouped', () => {
  const { out, text } = screen(false)
  const found = { check: 'invoices', kind: 'missing', connection: 'north', count: 1, atRisk: { EUR: '1311.2' } }
  printerFor(out, true).summary({ atRisk: { EUR: '1311.2' }, findings: [found] } as unknown as RunSummary)
  expect(JSON.parse(text())).toMatchObject({
    atRisk: { EUR: '1311.20' },
    findings: [{ check: 'invoices', atRisk: { EUR: '1311.20' } }],
  })
})
