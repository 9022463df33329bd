import { afterEach, beforeEach, expect, test } from 'vitest'
import { Fault } from '../../../contracts/fault.ts'
import { createRun } from '../../../scheduler/kernel/run.ts'
import { fail, finish } from '../../../scheduler/kernel/settle.ts'
import { type Metrics, newMetrics } from '../../../scheduler/telemetry/metrics.ts'
import { claimed, loading, overEveryStore, type Place, step } from '../fixture.ts'

const busy = new Fault({ what: 'busy', where: 'shop', hint: 'Wait.', retry: 'later', waitMs: 60_000 })
const report = { counts: { in: 5, loaded: 4 } }

async function lines(metrics: Metrics, name: string): Promise<readonly string[]> {
  return (await metrics.text())
    .split('\n')
    .filter(line => line.startsWith(`${name}{`))
    .sort()
}

overEveryStore(newPlace => {
  let place: Place
  let metrics: Metrics
  beforeEach(async () => {
    place = await newPlace()
    metrics = newMetrics(place.state)
  })
  afterEach(() => place.end())

  test('every try of a step is counted, not only the last, and what was done with its counts', async () => {
    const [load, extract] = [step('a', { job: 'load' }), step('b', { job: 'extract' })]
    metrics.told({ what: 'started', step: load, attempt: 1 })
    for (let n = 0; n < 3; n += 1) metrics.told({ what: 'retrying', step: load, fault: busy, waitMs: 1 })
    metrics.told({ what: 'done', step: load, report, ms: 700 })
    metrics.told({ what: 'failed', step: extract, fault: busy, ms: 100 })
    metrics.told({ what: 'lost', step: extract, ms: 100 })
    expect(await lines(metrics, 'boomerang_steps_total')).toEqual([
      'boomerang_steps_total{job="extract",outcome="failed"} 1',
      'boomerang_steps_total{job="extract",outcome="lost"} 1',
      'boomerang_steps_total{job="load",outcome="done"} 1',
      'boomerang_steps_total{job="load",outcome="retrying"} 3',
    ])
    expect(await lines(metrics, 'boomerang_counts_total')).toEqual([
      'boomerang_counts_total{job="load",count="in"} 5',
      'boomerang_counts_total{job="load",count="loaded"} 4',
    ])
    expect(await metrics.text()).toContain('boomerang_step_seconds_sum{job="load"} 0.7')
  })

  test('what a job counts and is no count stops nobody', async () => {
    const counts = { in: 5, change: -3, share: Number.NaN }
    metrics.told({ what: 'done', step: step('a', { job: 'load' }), report: { counts }, ms: 1 })
    expect(await lines(metrics, 'boomerang_counts_total')).toEqual(['boomerang_counts_total{job="load",count="in"} 5'])
  })

  test('how the house stands is read from its state store, at each look anew', async () => {
    const now = await place.state.now()
    const steps = [
      step('a', { pool: 'north' }),
      step('b', { pool: 'south' }),
      step('c', { after: ['a'] }),
      loading('load', '2026-06-29T00:00:00.000000Z', '2026-06-30T00:00:00.000000Z'),
    ]
    await createRun(place.state, { run: 'r', slot: 's', steps }, now - 90_000)
    expect(await lines(metrics, 'boomerang_steps')).toEqual([
      'boomerang_steps{kind="night",state="ready"} 3',
      'boomerang_steps{kind="night",state="waiting"} 1',
    ])
    const waits = (await lines(metrics, 'boomerang_oldest_ready_seconds')).map(line => Number(line.split(' ').at(-1)))
    expect(waits).toHaveLength(3)
    for (const wait of waits) expect(wait).toBeGreaterThanOrEqual(90)
    expect(await lines(metrics, 'boomerang_closed_timestamp_seconds')).toEqual([])
    await finish(place.state, await claimed(place.state, 'load', { now }), report, now)
    await finish(place.state, await claimed(place.state, 'a', { now }), report, now)
    await fail(place.state, await claimed(place.state, 'b', { now }), busy, { now, random: 1 })
    expect(await lines(metrics, 'boomerang_closed_timestamp_seconds')).toEqual([
      `boomerang_closed_timestamp_seconds{pipeline="orders",connection="north"} ${Date.parse('2026-06-30') / 1000}`,
    ])
    const [freed = '', ...more] = await lines(metrics, 'boomerang_oldest_ready_seconds')
    expect([freed, more]).toEqual([expect.stringContaining('{pool=""}'), []])
    expect(Number(freed.split(' ').at(-1))).toBeLessThan(60)
    const [rests = ''] = await lines(metrics, 'boomerang_pool_rests_seconds')
    expect(rests).toContain('{pool="south"}')
    expect(await lines(metrics, 'boomerang_steps')).toEqual([
      'boomerang_steps{kind="night",state="done"} 2',
      'boomerang_steps{kind="night",state="ready"} 2',
    ])
    await finish(place.state, await claimed(place.state, 'c', { now }), report, now)
    await finish(place.state, await claimed(place.state, 'b', { now: now + 60_000 }), report, now + 60_000)
    expect(await lines(metrics, 'boomerang_steps')).toEqual([])
    expect(await lines(metrics, 'boomerang_night_ended_timestamp_seconds')).toEqual([
      `boomerang_night_ended_timestamp_seconds{state="done"} ${(now + 60_000) / 1000}`,
    ])
  })
})
