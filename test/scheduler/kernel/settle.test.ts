import { afterEach, beforeEach, expect, test } from 'vitest'
import { Fault, type FaultFacts } from '../../../contracts/fault.ts'
import { claim } from '../../../scheduler/kernel/claim.ts'
import { thisProcess } from '../../../scheduler/kernel/holder.ts'
import { restPool } from '../../../scheduler/kernel/pool.ts'
import { cancelRun, createRun } from '../../../scheduler/kernel/run.ts'
import { fail, finish } from '../../../scheduler/kernel/settle.ts'
import { closedEnds } from '../../../scheduler/planner/plan-night.ts'
import { resumeOf } from '../../../scheduler/state/resume.ts'
import { claimed, deadHolder, loading, overEveryStore, type Place, runState, statesOf, step } from '../fixture.ts'

overEveryStore(newPlace => {
  let place: Place
  beforeEach(async () => {
    place = await newPlace()
  })
  afterEach(() => place.end())

  const plan = (...steps: readonly ReturnType<typeof step>[]) =>
    createRun(place.state, { run: 'r', slot: '2026-06-30T02:00:00.000000Z', steps }, 0)
  const fault = (more: Partial<FaultFacts> = {}): Fault =>
    new Fault({ what: 'it broke', where: 'here', hint: 'Mend it.', retry: 'never', ...more })
  const done = { counts: {} }
  const at = { now: 100, random: 1 }

  test('a child is released when the last of its parents is done, and only once', async () => {
    await plan(step('a'), step('b'), step('c', { after: ['a', 'b', 'a'] }))
    await finish(place.state, await claimed(place.state, 'a'), done, 1)
    expect(await statesOf(place.state)).toEqual({ a: 'done', b: 'ready', c: 'waiting' })
    await finish(place.state, await claimed(place.state, 'b'), done, 2)
    expect(await statesOf(place.state)).toEqual({ a: 'done', b: 'done', c: 'ready' })
  })

  test('a zombie that finishes changes nothing, and the true holder releases the child exactly once', async () => {
    await plan(step('a'), step('b'), step('c', { after: ['a', 'b'] }))
    const zombie = await claimed(place.state, 'a', { holder: deadHolder })
    const holder = await claimed(place.state, 'a', { now: 1 })
    expect(await finish(place.state, zombie, done, 2)).toBe(false)
    expect(await statesOf(place.state)).toEqual({ a: 'running', b: 'ready', c: 'waiting' })
    expect(await finish(place.state, holder, done, 3)).toBe(true)
    expect(await finish(place.state, holder, done, 4)).toBe(false)
    expect(await statesOf(place.state)).toEqual({ a: 'done', b: 'ready', c: 'waiting' })
  })

  test('a zombie that fails changes nothing', async () => {
    await plan(step('a'))
    const zombie = await claimed(place.state, 'a', { holder: deadHolder })
    await claimed(place.state, 'a', { now: 1 })
    expect(await fail(place.state, zombie, fault(), at)).toEqual({ as: 'lost' })
    expect(await fail(place.state, zombie, fault({ retry: 'later' }), at)).toEqual({ as: 'lost' })
    expect(await statesOf(place.state)).toEqual({ a: 'running' })
  })

  test('a wait that the outside asked for holds for every step of its pool, also of another run, and for no other pool (429)', async () => {
    const shop = { pool: 'shop north' }
    await plan(step('a', shop), step('b', shop), step('c', { pool: 'shop south' }), step('d'))
    await createRun(place.state, { run: 's', slot: '2026-07-01T02:00:00.000000Z', steps: [step('b', shop)] }, 0)
    const tried = (id: string, now: number, run = 'r') =>
      claim(place.state, { run, step: id }, { holder: thisProcess(), now }).then(held => held !== undefined)
    await fail(place.state, await claimed(place.state, 'a'), fault({ retry: 'later', waitMs: 30_000 }), at)
    expect([await tried('b', 30_099), await tried('b', 30_099, 's')]).toEqual([false, false])
    expect([await tried('c', 200), await tried('d', 200)]).toEqual([true, true])
    await fail(
      place.state,
      await claimed(place.state, 'b', { now: 30_100 }),
      fault({ retry: 'never', waitMs: 10_000 }),
      {
        ...at,
        now: 30_200,
      },
    )
    expect([await tried('b', 40_199, 's'), await tried('b', 40_200, 's')]).toEqual([false, true])
  })

  test('a shorter wait does not end a longer one', async () => {
    await plan(step('a', { pool: 'shop north' }), step('b', { pool: 'shop north' }))
    const first = await claimed(place.state, 'a')
    await fail(place.state, first, fault({ retry: 'later', waitMs: 30_000 }), at)
    await place.state.write(tables => restPool(tables, { pool: 'shop north' }, { waitMs: 1_000, now: 200 }))
    expect(await claim(place.state, { run: 'r', step: 'b' }, { holder: thisProcess(), now: 30_099 })).toBeUndefined()
  })

  test('what stands behind a failed step is blocked and says by whom; other branches finish', async () => {
    await plan(
      step('a'),
      step('b', { after: ['a'] }),
      step('c', { after: ['b'] }),
      step('x'),
      step('y', { after: ['x'] }),
    )
    expect(await fail(place.state, await claimed(place.state, 'a'), fault(), at)).toEqual({ as: 'failed' })
    expect(await statesOf(place.state)).toEqual({ a: 'failed', b: 'blocked', c: 'blocked', x: 'ready', y: 'waiting' })
    const c = await place.state.read.selectFrom('step').select('fault').where('id', '=', 'c').executeTakeFirst()
    expect(JSON.parse(c?.fault ?? '')).toEqual({ what: 'waits for "a", which failed' })
    expect(await runState(place.state)).toBe('running')
    for (const id of ['x', 'y']) await finish(place.state, await claimed(place.state, id), done, 5)
    expect(await runState(place.state)).toBe('failed')
  })

  test('a step whose parents are done and whose other parent failed stays blocked', async () => {
    await plan(step('a'), step('b'), step('c', { after: ['a', 'b'] }))
    await fail(place.state, await claimed(place.state, 'a'), fault(), at)
    await finish(place.state, await claimed(place.state, 'b'), done, 2)
    expect(await statesOf(place.state)).toEqual({ a: 'failed', b: 'done', c: 'blocked' })
    expect(await runState(place.state)).toBe('failed')
  })

  test('a step that may be tried again waits, and is not claimed before its time', async () => {
    await plan(step('a'))
    const settled = await fail(
      place.state,
      await claimed(place.state, 'a'),
      fault({ retry: 'later', waitMs: 7_000 }),
      at,
    )
    expect(settled).toEqual({ as: 'retried', waitMs: 7_000 })
    await expect(claimed(place.state, 'a', { now: 7_099 })).rejects.toThrow()
    expect(await claimed(place.state, 'a', { now: 7_100 })).toMatchObject({ attempt: 2 })
  })

  test('a crash is not a failed try: it takes nothing from the tries that are left', async () => {
    await plan(step('a', { risk: 'analytical' }))
    for (let n = 0; n < 3; n += 1) await claimed(place.state, 'a', { holder: deadHolder })
    const held = await claimed(place.state, 'a', { now: 1 })
    expect(held.attempt).toBe(4)
    expect(await fail(place.state, held, fault({ retry: 'later' }), at)).toMatchObject({ as: 'retried' })
  })

  test('an interval closes in the transaction that marks its step done', async () => {
    await plan(loading('load', '2026-06-29T02:00:00.000000Z', '2026-06-30T02:00:00.000000Z'))
    expect(await closedEnds(place.state)).toEqual(new Map())
    await finish(place.state, await claimed(place.state, 'load'), done, 1)
    expect(await closedEnds(place.state)).toEqual(new Map([['orders north', '2026-06-30T02:00:00.000000Z']]))
  })

  test('a step remembers across a crash, and forgets when it is done', async () => {
    await plan(step('a'))
    const first = await claimed(place.state, 'a', { holder: deadHolder })
    await resumeOf(place.state, first).set('bulk', { id: '1' })
    const second = await claimed(place.state, 'a', { now: 1 })
    expect(await resumeOf(place.state, second).get('bulk')).toEqual({ id: '1' })
    await finish(place.state, second, done, 2)
    expect(await resumeOf(place.state, second).get('bulk')).toBeUndefined()
  })

  test.each([100 * 365 * 24 * 60 * 60_000, 1e33, Number.POSITIVE_INFINITY])(
    'a shop that asks to be left alone for %d ms is asked again within a day',
    async waitMs => {
      await plan(step('a', { pool: 'north' }), step('b', { pool: 'north' }))
      await fail(place.state, await claimed(place.state, 'a'), fault({ retry: 'later', waitMs }), at)
      expect(await claimed(place.state, 'a', { now: 100 + 24 * 60 * 60_000 })).toMatchObject({ attempt: 2 })
    },
  )

  test('what was remembered for a backfill that was cancelled is nothing to a later one of the same day, and its own is kept', async () => {
    const asked = (run: string, at: string): Promise<string> =>
      createRun(place.state, { run, kind: 'backfill', slot: run, steps: [step('day', { args: { asked: at } })] }, 0)
    await asked('first', '2026-07-01T10:00:00.000000Z')
    const early = await claimed(place.state, 'day', { run: 'first' })
    await resumeOf(place.state, early).set('bulk', 'old')
    await cancelRun(place.state, 'first', 1)
    await asked('second', '2026-07-09T10:00:00.000000Z')
    const late = await claimed(place.state, 'day', { run: 'second', holder: deadHolder })
    expect(await resumeOf(place.state, late).get('bulk')).toBeUndefined()
    await resumeOf(place.state, late).set('bulk', 'new')
    const again = await claimed(place.state, 'day', { run: 'second', now: 1 })
    expect(await resumeOf(place.state, again).get('bulk')).toBe('new')
    await finish(place.state, again, done, 2)
    expect(await resumeOf(place.state, again).get('bulk')).toBeUndefined()
  })

  test('a zombie cannot write into the memory of a step', async () => {
    await plan(step('a'))
    const zombie = await claimed(place.state, 'a', { holder: deadHolder })
    const second = await claimed(place.state, 'a', { now: 1 })
    await resumeOf(place.state, second).set('bulk', 'new')
    await expect(resumeOf(place.state, zombie).set('bulk', 'old')).rejects.toMatchObject({
      what: 'this claim of the step was taken over by another',
      retry: 'never',
    })
    expect(await resumeOf(place.state, second).get('bulk')).toBe('new')
  })
})
