import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Connection } from '../../../contracts/connection.ts'
import { Fault } from '../../../contracts/fault.ts'
import { createRun, reopen, runNamed, supersedeUnfinished } from '../../../scheduler/kernel/run.ts'
import { fail, finish } from '../../../scheduler/kernel/settle.ts'
import { closedEnds, intervalOf } from '../../../scheduler/planner/plan-night.ts'
import { resumeOf } from '../../../scheduler/state/resume.ts'
import { claimed, deadHolder, loading, overEveryStore, type Place, runState, statesOf, step } from '../fixture.ts'

overEveryStore(newPlace => {
  let place: Place
  beforeEach(async () => {
    place = await newPlace()
  })
  afterEach(() => place.end())

  const slot = '2026-06-30T02:00:00.000000Z'
  const later = '2026-07-01T02:00:00.000000Z'
  const fault = new Fault({ what: 'it broke', where: 'here', hint: 'Mend it.', retry: 'never' })
  const done = { counts: {} }

  test('a long run is remembered whole, with every step and what it waits for', async () => {
    const ids = Array.from({ length: 1_201 }, (_, n) => `s${n}`)
    const steps = ids.map((id, n) => step(id, n === 0 ? {} : { after: ['s0'] }))
    await createRun(place.state, { run: 'r', slot: 's', steps }, 0)
    const rows = await place.state.read.selectFrom('step').select('id').orderBy('ordinal').execute()
    expect(rows.map(({ id }) => id)).toEqual(ids)
    const edges = await place.state.read.selectFrom('edge').select('child').execute()
    expect(new Set(edges.map(({ child }) => child))).toEqual(new Set(ids.slice(1)))
  })

  test('a run is named by how its id begins, and by nothing that is empty', async () => {
    await createRun(place.state, { run: 'r-1', slot: 's', steps: [step('a')] }, 0)
    expect(await runNamed(place.state, 'r-')).toMatchObject({ id: 'r-1' })
    for (const empty of ['', '%', '_'])
      await expect(runNamed(place.state, empty)).rejects.toMatchObject({ what: `there is no run ${empty}` })
  })

  test('a night is planned once: who comes second works on the run of the first', async () => {
    const plans = Array.from({ length: 20 }, (_, n) =>
      createRun(place.state, { run: `r${n}`, slot, steps: [step(`s${n}`)] }, 0),
    )
    const runs = new Set(await Promise.all(plans))
    expect(runs.size).toBe(1)
    const rows = await place.state.read.selectFrom('step').select('run').execute()
    expect(rows.map(({ run }) => run)).toEqual([...runs])
  })

  test('a night without steps is done at once', async () => {
    await createRun(place.state, { run: 'r', slot, steps: [] }, 0)
    expect(await runState(place.state)).toBe('done')
  })

  test('a run that is opened again does what failed and what it blocked, and nothing that is done', async () => {
    const steps = [step('a'), step('b'), step('c', { after: ['a', 'b'] }), step('d', { after: ['c'] })]
    await createRun(place.state, { run: 'r', slot, steps }, 0)
    await finish(place.state, await claimed(place.state, 'a'), done, 1)
    await fail(place.state, await claimed(place.state, 'b'), fault, { now: 2, random: 0 })
    expect(await runState(place.state)).toBe('failed')
    await reopen(place.state, 'r', 3)
    expect(await statesOf(place.state)).toEqual({ a: 'done', b: 'ready', c: 'waiting', d: 'waiting' })
    for (const id of ['b', 'c', 'd']) await finish(place.state, await claimed(place.state, id, { now: 3 }), done, 4)
    expect(await runState(place.state)).toBe('done')
  })

  test('a run that is opened again leaves alone what a live process does, and waits for no backoff', async () => {
    await createRun(place.state, { run: 'r', slot, steps: [step('a'), step('b')] }, 0)
    const a = await claimed(place.state, 'a')
    const again = new Fault({ what: 'busy', where: 'here', hint: 'Wait.', retry: 'later', waitMs: 50_000 })
    await fail(place.state, await claimed(place.state, 'b'), again, { now: 1, random: 0 })
    await reopen(place.state, 'r', 2)
    expect(await statesOf(place.state)).toEqual({ a: 'running', b: 'ready' })
    expect(await claimed(place.state, 'b', { now: 2 })).toMatchObject({ attempt: 1 })
    expect(await finish(place.state, a, done, 3)).toBe(true)
  })

  test('a later night supersedes an unfinished one and answers for its open intervals from the same instant', async () => {
    const from = '2026-06-29T02:00:00.000000Z'
    await createRun(place.state, { run: 'r', slot, steps: [loading('load', from, slot)] }, 0)
    const dead = await claimed(place.state, 'load', { holder: deadHolder })
    await resumeOf(place.state, dead).set('bulk', '1')
    await supersedeUnfinished(place.state, 'night', 1)
    expect(await runState(place.state)).toBe('superseded')
    await createRun(place.state, { run: 's', slot: later, steps: [loading('load', from, later)] }, 2)
    expect(await finish(place.state, dead, done, 3)).toBe(false)
    const held = await claimed(place.state, 'load', { run: 's', now: 3 })
    expect(await resumeOf(place.state, held).get('bulk')).toBe('1')
    await finish(place.state, held, done, 4)
    const intervals = await place.state.read
      .selectFrom('interval')
      .select(['from_at', 'to_at', 'state', 'run'])
      .execute()
    expect(intervals).toEqual([{ from_at: from, to_at: later, state: 'closed', run: 's' }])
  })

  test('a run that a live process works on is not superseded; the Fault names the process and the step', async () => {
    await createRun(place.state, { run: 'r', slot, steps: [step('a')] }, 0)
    await claimed(place.state, 'a')
    await expect(supersedeUnfinished(place.state, 'night', 1)).rejects.toMatchObject({
      what: expect.stringMatching(
        `^process ${process.pid} on .* still works on the night of 2026-06-30T02:00Z, at "a"$`,
      ),
      kind: 'held',
    })
    expect(await runState(place.state)).toBe('running')
  })

  test('the intervals of nights that finish, fail and are superseded tile without gap or overlap', async () => {
    const connection = { name: 'north', since: '2026-06-01T00:00:00.000000Z' } as Connection
    const ends = ['2026-06-02', '2026-06-03', '2026-06-04', '2026-06-05', '2026-06-06'].map(
      day => `${day}T02:00:00.000000Z`,
    )
    for (const [night, at] of ends.entries()) {
      await supersedeUnfinished(place.state, 'night', night)
      const interval = intervalOf(await closedEnds(place.state), { pipeline: 'orders', connection, at })
      const run = `r${night}`
      await createRun(
        place.state,
        { run, slot: at, steps: [loading('load', interval?.from ?? '', interval?.to ?? '')] },
        night,
      )
      const held = await claimed(place.state, 'load', {
        run,
        now: night,
        ...(night === 1 ? { holder: deadHolder } : {}),
      })
      if (night === 2) await fail(place.state, held, fault, { now: night, random: 0 })
      else if (night !== 1) await finish(place.state, held, done, night)
    }
    const rows = await place.state.read
      .selectFrom('interval')
      .select(['from_at', 'to_at', 'state'])
      .orderBy('from_at')
      .execute()
    expect(rows).toEqual([
      { from_at: connection.since, to_at: ends[0], state: 'closed' },
      { from_at: ends[0], to_at: ends[3], state: 'closed' },
      { from_at: ends[3], to_at: ends[4], state: 'closed' },
    ])
  })
})
