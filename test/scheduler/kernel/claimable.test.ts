import { afterEach, beforeEach, expect, test } from 'vitest'
import { Fault } from '../../../contracts/fault.ts'
import type { Step } from '../../../jobs/job.ts'
import { sayAtWork } from '../../../scheduler/kernel/at-work.ts'
import { claim } from '../../../scheduler/kernel/claim.ts'
import { claimableSteps } from '../../../scheduler/kernel/claimable.ts'
import { thisProcess } from '../../../scheduler/kernel/holder.ts'
import { createRun } from '../../../scheduler/kernel/run.ts'
import { fail, finish } from '../../../scheduler/kernel/settle.ts'
import type { RunKind } from '../../../scheduler/state/state.ts'
import { claimed, deadHolder, overEveryStore, type Place, step } from '../fixture.ts'

overEveryStore(newPlace => {
  let place: Place
  beforeEach(async () => {
    place = await newPlace()
  })
  afterEach(() => place.end())

  const plan = (run: string, kind: RunKind, ...steps: readonly Step[]) =>
    createRun(place.state, { run, kind, slot: run, steps }, 0)
  const offered = async (run?: string): Promise<readonly string[]> =>
    (await claimableSteps(place.state, { run, now: 0 })).wakes.map(each => each.step)
  const wanted = async (run?: string): Promise<readonly string[]> => [
    ...(await claimableSteps(place.state, { run, now: 0 })).wanted,
  ]

  test('a step whose pool is held or rests is not offered', async () => {
    await plan('r', 'night', step('a', { pool: 'north' }), step('b', { pool: 'north' }), step('c', { pool: 'south' }))
    const held = await claimed(place.state, 'a')
    expect(await offered()).toEqual(['c'])
    const busy = new Fault({ what: 'busy', where: 'shop', hint: 'Wait.', retry: 'later', waitMs: 60_000 })
    await fail(place.state, held, busy, { now: 0, random: 0 })
    expect(await offered()).toEqual(['c'])
  })

  test('a backfill goes in its own order behind everything else, one step at a time', async () => {
    const days = ['1', '2', '3'].map(day => step(`day ${day}`, { risk: 'financial' }))
    await plan('b', 'backfill', ...days)
    await plan('other', 'backfill', step('day 9'))
    await plan('r', 'night', step('model', { risk: 'analytical' }))
    expect(await offered()).toEqual(['model', 'day 1'])
    const first = await claimed(place.state, 'day 1', { run: 'b' })
    expect(await offered()).toEqual(['model'])
    for (const [run, id] of [
      ['b', 'day 2'],
      ['other', 'day 9'],
    ] as const)
      expect(await claim(place.state, { run, step: id }, { holder: thisProcess(), now: 0 })).toBeUndefined()
    expect(await claim(place.state, { run: 'r', step: 'model' }, { holder: thisProcess(), now: 0 })).toBeDefined()
    await finish(place.state, first, { counts: {} }, 0)
    expect(await offered()).toEqual(['day 9'])
  })

  test('a backfill whose process died holds up no other', async () => {
    await plan('b', 'backfill', step('day 1'), step('day 2'))
    await claimed(place.state, 'day 1', { run: 'b', holder: deadHolder })
    expect(await offered()).toEqual(['day 1'])
  })

  test('a pool that a backfill holds is wanted as soon as a night’s step waits for it, whoever asks', async () => {
    await plan('b', 'backfill', step('day 1', { pool: 'north' }), step('day 2', { pool: 'north' }))
    await claimed(place.state, 'day 1', { run: 'b' })
    expect(await wanted('b')).toEqual([])
    await plan('r', 'night', step('orders', { pool: 'north' }), step('stock', { pool: 'south' }))
    expect(await wanted('b')).toEqual([])
    const leave = await sayAtWork(place.state)
    expect(await wanted('b')).toEqual(['north'])
    expect(await wanted()).toEqual(['north'])
    await leave()
    expect(await wanted('b')).toEqual([])
    await sayAtWork(place.state, 'r')
    expect(await wanted('b')).toEqual(['north'])
  })

  test('a backfill takes no pool that a night’s step waits for and somebody works on, not even in between', async () => {
    await plan('b', 'backfill', step('day 1', { pool: 'north' }), step('day 2', { pool: 'south' }))
    await plan('r', 'night', step('orders', { pool: 'north' }))
    expect(await offered('b')).toEqual(['day 1'])
    const leave = await sayAtWork(place.state, 'r')
    expect(await offered('b')).toEqual(['day 2'])
    await leave()
    expect(await offered('b')).toEqual(['day 1'])
  })

  test('who was at work and was killed counts no longer, and is forgotten', async () => {
    await plan('b', 'backfill', step('day 1', { pool: 'north' }))
    await plan('r', 'night', step('orders', { pool: 'north' }))
    const now = await place.state.now()
    const gone = { holder: JSON.stringify(deadHolder), command: 'work', since: 0 }
    await place.state.write(tables =>
      tables
        .insertInto('lease')
        .values([
          { ...gone, name: 'work * dead', until: now + 60_000 },
          { ...gone, name: 'work * old', until: now - 1 },
        ])
        .execute(),
    )
    expect(await offered('b')).toEqual(['day 1'])
    const leave = await sayAtWork(place.state, 'b')
    const rows = await place.state.read.selectFrom('lease').select('name').orderBy('name').execute()
    expect(rows.map(({ name }) => name.replace(/b .*/, 'b'))).toEqual(['work * dead', 'work b'])
    await leave()
  })

  test('a stream is worked on only where its events are taken in', async () => {
    await plan('b', 'backfill', step('day 1', { pool: 'north' }))
    await plan('s', 'stream', step('events', { pool: 'north' }))
    await sayAtWork(place.state)
    expect(await offered('b')).toEqual(['day 1'])
    await sayAtWork(place.state, 's')
    expect(await offered('b')).toEqual([])
  })

  test('a pool that a night holds is not wanted from it', async () => {
    await plan('r', 'night', step('orders', { pool: 'north' }), step('stock', { pool: 'north' }))
    await plan('b', 'backfill', step('day 1', { pool: 'north' }))
    await claimed(place.state, 'orders')
    expect(await wanted()).toEqual([])
  })
})
