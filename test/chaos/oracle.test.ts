import { describe, expect, test } from 'vitest'
import { leaseMs } from '../../scheduler/kernel/claim.ts'
import { breachesOf, type Happened, type History, type StoodStep } from './oracle.ts'

const stood = (id: string, more: Partial<StoodStep> = {}): StoodStep => ({
  run: 'r',
  id,
  state: 'done',
  writes: [],
  ...more,
})
const event = (at: number, step: string, what: string, token?: number): Happened => ({
  at,
  run: 'r',
  step,
  what,
  token,
})
const span = (from: string, to: string) => ({ pipeline: 'orders', connection: 'north', from, to, state: 'closed' })

/** Two steps, one after the other, and the load of an interval. */
const good: History = {
  runs: [{ id: 'r', slot: '1', state: 'done' }],
  steps: [stood('a', { pool: 'p', writes: ['raw.a'] }), stood('b', { pool: 'p', writes: ['raw.a'] })],
  edges: [{ run: 'r', parent: 'a', child: 'b' }],
  events: [
    event(0, '', 'planned'),
    event(1, 'a', 'claimed', 1),
    event(2, 'a', 'beat', 1),
    event(3, 'a', 'done', 1),
    event(4, 'b', 'claimed', 2),
    event(5, 'b', 'done', 2),
  ],
  intervals: [span('1', '2'), span('2', '3')],
  loads: [span('1', '2'), span('2', '3')],
  writes: [
    { relation: 'raw.a', token: 1, key: 'a' },
    { relation: 'raw.a', token: 2, key: 'b' },
  ],
  leasesOnly: true,
}

const withEvents = (...events: readonly Happened[]): History => ({ ...good, events })
const apart: Partial<History> = { edges: [] }

test('a good history breaks nothing', () => {
  expect(breachesOf(good)).toEqual([])
})

test('what was planned anew is judged by the new plan alone', () => {
  const again = [event(-3, '', 'planned'), event(-2, 'b', 'claimed', 1), event(-1, 'b', 'done', 1)]
  const later = good.events.map(each => (each.token === undefined ? each : { ...each, token: each.token + 1 }))
  const writes = (good.writes ?? []).map(each => ({ ...each, token: each.token + 1 }))
  expect(breachesOf({ ...withEvents(...again, ...later), writes })).toEqual([])
})

describe('a bad history is refused where', () => {
  const [planned, ...rest] = good.events as [Happened, ...Happened[]]
  test.each<readonly [string, History, string]>([
    ['a run never ended', { ...good, runs: [{ id: 'r', slot: '1', state: 'running' }] }, 'never ended'],
    ['a run is done without a step', { ...good, steps: [stood('a'), stood('b', { state: 'failed' })] }, 'without b'],
    [
      'a run has ended before its step',
      { ...good, runs: [{ id: 'r', slot: '1', state: 'failed' }], steps: [stood('a'), stood('b', { state: 'ready' })] },
      'before its b',
    ],
    [
      'a step is blocked by nothing',
      {
        ...good,
        runs: [{ id: 'r', slot: '1', state: 'failed' }],
        steps: [stood('a'), stood('b', { state: 'blocked' })],
      },
      'blocked by nothing',
    ],
    ['a step is done twice', withEvents(...good.events, event(6, 'b', 'done', 2)), 'done twice'],
    ['a step is begun after it was done', withEvents(...good.events, event(6, 'b', 'claimed', 3)), 'after it was done'],
    [
      'a child is begun before its parent is done',
      withEvents(
        planned,
        event(1, 'b', 'claimed', 1),
        event(2, 'b', 'done', 1),
        event(3, 'a', 'claimed', 2),
        event(4, 'a', 'done', 2),
      ),
      'before a was done',
    ],
    [
      'a zombie has marked a step done',
      withEvents(
        planned,
        event(1, 'a', 'claimed', 1),
        event(1 + 2 * leaseMs, 'a', 'claimed', 2),
        event(2 + 2 * leaseMs, 'a', 'done', 1),
      ),
      'when 2 held it',
    ],
    [
      'a step was taken while its lease held',
      withEvents(planned, event(1, 'a', 'claimed', 1), event(2, 'a', 'claimed', 2)),
      'whose lease held',
    ],
    [
      'the token went back',
      withEvents(...good.events.map(each => (each.token === 2 ? { ...each, token: 1 } : each))),
      'went back',
    ],
    ['a zombie prolonged its claim', withEvents(...rest, event(6, 'a', 'beat', 1)), 'held nothing'],
    [
      'a pool has two holders with live leases',
      {
        ...withEvents(
          planned,
          event(1, 'a', 'claimed', 1),
          event(2, 'b', 'claimed', 2),
          event(3, 'a', 'done', 1),
          event(3, 'b', 'done', 2),
        ),
        ...apart,
      },
      'the pool p had two holders',
    ],
    [
      'a relation has two writers whose leases hold',
      {
        ...withEvents(
          planned,
          event(1, 'a', 'claimed', 1),
          event(2, 'b', 'claimed', 2),
          event(3, 'a', 'done', 1),
          event(3, 'b', 'done', 2),
        ),
        ...apart,
      },
      'raw.a had two writers',
    ],
    [
      'a claim that was passed is prolonged',
      {
        ...withEvents(
          planned,
          event(1, 'a', 'claimed', 1),
          event(2 + leaseMs, 'b', 'claimed', 2),
          event(3 + leaseMs, 'a', 'beat', 1),
        ),
        ...apart,
      },
      'the pool p had two holders',
    ],
    [
      'a relation is written under a lower token than before',
      { ...good, writes: (good.writes ?? []).toReversed() },
      'under the token 1 after 2',
    ],
    ['a token was given to nobody', { ...good, writes: [{ relation: 'raw.a', token: 9 }] }, 'nobody was given'],
    [
      'work was done twice',
      { ...good, writes: [1, 2].map(token => ({ relation: 'raw.a', token, key: 'a' })) },
      'a was done twice',
    ],
    ['an interval is lost', { ...good, intervals: [span('1', '2'), span('3', '4')] }, 'leaves a gap'],
    ['two intervals overlap', { ...good, intervals: [span('1', '3'), span('2', '4')] }, 'overlaps'],
    ['a closed interval was never loaded', { ...good, loads: [span('1', '2')] }, 'never loaded'],
    ['an interval was loaded twice', { ...good, loads: [...(good.loads ?? []), span('1', '2')] }, 'loaded twice'],
  ])('%s', (_, history, why) => {
    expect(breachesOf(history).join('; ')).toContain(why)
  })
})

test('of processes that may be dead, only a holder that still ended its step had the pool beside another', () => {
  const both = [
    event(0, '', 'planned'),
    event(1, 'a', 'claimed', 1),
    event(2, 'b', 'claimed', 2),
    event(3, 'b', 'done', 2),
  ]
  const { leasesOnly: _, ...known } = { ...good, ...apart }
  const died = [...both, event(4, 'a', 'claimed', 3), event(5, 'a', 'done', 3)]
  expect(breachesOf({ ...known, events: died, writes: [] })).toEqual([])
  const lived = [...both, event(4, 'a', 'done', 1)]
  expect(breachesOf({ ...known, events: lived, writes: [] }).join()).toContain('the pool p had two holders')
})
