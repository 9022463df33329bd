import { expect, test } from 'vitest'
import { Fault } from '../../../contracts/fault.ts'
import { amount, eventLine, foldedNotes, liveLine, summaryText } from '../../../scheduler/cli/render.ts'
import type { RunSummary } from '../../../scheduler/cli/summary.ts'
import { age, counted, grouped, lasted, table } from '../../../scheduler/cli/table.ts'
import { step } from '../fixture.ts'

const load = step('load storefront.orders north')
const fault = new Fault({ what: 'the shop is busy', where: 'shopify north', hint: 'Wait a little.', retry: 'later' })

test.each([
  [{ what: 'started', step: load, attempt: 1 }, 'start   load storefront.orders north'],
  [{ what: 'started', step: load, attempt: 3 }, 'start   load storefront.orders north  (try 3)'],
  [
    { what: 'done', step: load, report: { counts: { in: 12_345, rejected: 0, loaded: 12_345 } }, ms: 4_240 },
    'ok      load storefront.orders north  in 12,345, loaded 12,345  4.2 s',
  ],
  [{ what: 'done', step: load, report: { counts: {} }, ms: 40 }, 'ok      load storefront.orders north  0.0 s'],
  [
    { what: 'retrying', step: load, fault, waitMs: 1_500 },
    'again   load storefront.orders north  in 1.5 s: the shop is busy (shopify north)',
  ],
  [
    { what: 'failed', step: load, fault, ms: 1 },
    'failed  load storefront.orders north: the shop is busy (shopify north)\n        Wait a little.',
  ],
  [{ what: 'lost', step: load, ms: 1 }, 'lost    load storefront.orders north: another process has taken it over'],
  [{ what: 'released', step: load, ms: 1 }, 'left    load storefront.orders north: given back undone'],
  [{ what: 'progress', step: load, done: 1, of: 2 }, undefined],
] as const)('%o is told in one line', (event, line) => {
  expect(eventLine(event)).toBe(line)
})

test.each([
  [{ since: 0, done: 0, of: undefined }, 'run     load  10 s'],
  [{ since: 0, done: 12_000, of: undefined }, 'run     load  10 s  12,000  1,200/s'],
  [{ since: 0, done: 12_000, of: 36_000 }, 'run     load  10 s  12,000 of 36,000  1,200/s  20 s left'],
  [{ since: 0, done: 40_000, of: 36_000 }, 'run     load  10 s  40,000 of 36,000  4,000/s  0 s left'],
])('%o is drawn as "%s"', (live, line) => {
  expect(liveLine('load', live, 10_000)).toBe(line)
})

const done: RunSummary = {
  run: '2026-06-30-0a1b2c3d',
  kind: 'night',
  title: 'The night of 2026-06-30 02:00Z',
  state: 'done',
  seconds: 61.25,
  counts: {
    in: 12_345,
    loaded: 12_340,
    rejected: 5,
    models: 9,
    sent: 1_200,
    acked: 1_190,
    unknown: 10,
    findings: 3,
    fresh: 2,
    resolved: 1,
  },
  findings: [
    { check: 'invoices', kind: 'missing', connection: 'erp-north', count: 3, atRisk: { EUR: '1234.5', USD: '10' } },
    { check: 'volume', kind: 'low', connection: 'south', count: 0, atRisk: {} },
  ],
  atRisk: { EUR: '1234.5', USD: '10' },
  notes: ['unknown columns kept in _extra: gift'],
  slowest: [
    { step: 'extract', seconds: 40.04 },
    { step: 'build', seconds: 9.5 },
  ],
  failed: [],
  blocked: 0,
  stopped: false,
}

test('the end of a night tells what came in, went out, was found, and what to do next', () => {
  expect(summaryText(done)).toBe(`
The night of 2026-06-30 02:00Z: done, 61.3 s
  rows      12,345 in, 12,340 loaded, 5 rejected
  models    9 published
  sent      1,200 changes, 1,190 acknowledged, 10 unknown
  findings  3 (2 new, 1 resolved), 1,234.50 EUR at risk, 10.00 USD at risk
                3  invoices: missing, erp-north, 1,234.50 EUR at risk, 10.00 USD at risk
  note      unknown columns kept in _extra: gift
  slowest   extract 40.0 s; build 9.5 s
  next      boomerang rejects    (what was not loaded, and why)
`)
})

test('what no connection brings is told of three models by name, and of more in one line', () => {
  const empty = (name: string): string =>
    `staging.${name}: no connection of sandbox brings raw.${name}: what it reads of it is empty`
  const three = ['sites', 'payouts', 'catalogs'].map(empty)
  expect(foldedNotes(three)).toEqual(three)
  expect(foldedNotes([empty('woo_orders'), 'unknown columns kept in _extra: gift', ...three])).toEqual([
    'unknown columns kept in _extra: gift',
    '4 models are empty, since no connection of sandbox brings what they read: staging.catalogs, staging.payouts, staging.sites and 1 more',
  ])
})

test('the end of a failed night tells what failed, what waits for it, and how to go on', () => {
  const failed = { step: 'load', what: 'the file is cut', where: 'north.csv', hint: 'Ask the sender.' }
  const text = summaryText({
    ...done,
    state: 'failed',
    next: { command: 'boomerang retry r', does: 'goes on from what failed' },
    failed: [failed],
    blocked: 2,
    findings: [],
    atRisk: {},
    notes: [],
    counts: {},
  })
  expect(text).toContain(`  findings  none
  slowest   extract 40.0 s; build 9.5 s
  failed    load: the file is cut (north.csv)
            Ask the sender.
  blocked   2 steps, waiting for what failed
  next      boomerang retry r    (goes on from what failed)
`)
})

test('a quiet night ends with a look at the status', () => {
  expect(summaryText({ ...done, counts: {} })).toContain('\n  next      boomerang status\n')
})

test.each([
  ['0', '0.00'],
  ['1234567.8', '1,234,567.80'],
  ['-1234.500000000', '-1,234.50'],
  ['0.123', '0.123'],
  ['999999999999999999999999.990000000', '999,999,999,999,999,999,999,999.99'],
])('the exact decimal %s is read as %s', (decimal, text) => {
  expect(amount(decimal)).toBe(text)
})

test.each([
  [999, '999'],
  [1_000, '1,000'],
  [1_234_567.4, '1,234,567'],
])('%d is grouped as %s', (n, text) => {
  expect(grouped(n)).toBe(text)
})

test('one step, two steps, thousands of steps', () => {
  expect([1, 2, 1_000].map(n => counted(n, 'step'))).toEqual(['1 step', '2 steps', '1,000 steps'])
})

test.each([
  ['2026-06-30T02:59:59Z', '0 min'],
  ['2026-06-30T02:01:00Z', '59 min'],
  ['2026-06-29T23:59:00Z', '3 h 1 min'],
  ['2026-06-27T02:00:00Z', '3 d 1 h'],
  ['2026-07-01T00:00:00Z', '0 min'],
])('what ended at %s is %s old', (instant, text) => {
  expect(age(instant, new Date('2026-06-30T03:00:00Z'))).toBe(text)
})

test.each([
  [0, '0 s'],
  [59_400, '59 s'],
  [59_600, '1 min 0 s'],
  [200_000, '3 min 20 s'],
  [7_500_000, '2 h 5 min'],
])('%d ms lasted %s', (ms, text) => {
  expect(lasted(ms)).toBe(text)
})

test('columns are aligned, and no line ends in blanks', () => {
  expect(
    table([
      ['a', 'bbb', 'c'],
      ['aaaa', 'b', ''],
      ['a', '', 'cc'],
    ]),
  ).toBe('a     bbb  c\naaaa  b\na          cc')
})
