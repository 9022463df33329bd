import { afterEach, beforeEach, expect, test } from 'vitest'
import { Fault } from '../../contracts/fault.ts'
import type { Catalogue, Report, Room, Step } from '../../jobs/job.ts'
import type { Deliverer } from '../../scheduler/deliver/deliver.ts'
import { inlineDeliverer } from '../../scheduler/deliver/inline.ts'
import { type Claim, claim } from '../../scheduler/kernel/claim.ts'
import { thisProcess } from '../../scheduler/kernel/holder.ts'
import { cancelRun, createRun, reopen } from '../../scheduler/kernel/run.ts'
import type { State } from '../../scheduler/state/state.ts'
import { noTraces } from '../../scheduler/telemetry/traces.ts'
import { type RunEvent, type WorkTerms, workOn } from '../../scheduler/worker.ts'
import { deadHolder, overEveryStore, type Place, runState, statesOf, step } from './fixture.ts'

overEveryStore(newPlace => {
  let place: Place
  let events: RunEvent[]
  beforeEach(async () => {
    place = await newPlace()
    events = []
  })
  afterEach(() => place.end())

  type Does = (room: Room, step: Step) => Promise<Report | undefined>

  interface Working {
    readonly deliverer?: Deliverer
    readonly signal?: AbortSignal
  }

  async function work(steps: readonly Step[], does: Does, working: Working = {}): Promise<void> {
    await createRun(place.state, { run: 'r', slot: '2026-06-30T02:00:00.000000Z', steps }, Date.now())
    await workOn({ ...termsOf(does, working), run: 'r' })
  }

  function termsOf(does: Does, { deliverer, signal }: Working = {}): WorkTerms {
    const job = {
      name: 'toy',
      steps: async () => [],
      run: async (room: Room, each: Step) => (await does(room, each)) ?? { counts: {} },
    }
    const catalogue: Catalogue = { contracts: [], sources: [], sinks: [], checks: [], syncs: [], jobs: [job] }
    return {
      state: place.state,
      deliverer: deliverer ?? inlineDeliverer(4),
      signal: signal ?? new AbortController().signal,
      room: (held, more) => ({ catalogue, run: held.run, token: held.token, ...more }) as Room,
      tell: event => void events.push(event),
      masked: fault => fault,
      random: () => 0,
      traces: noTraces,
    }
  }

  const diamonds = (layers: number, width: number): readonly Step[] =>
    Array.from({ length: layers * width }, (_, n) => {
      const layer = Math.floor(n / width)
      const above = (at: number): string => `s${(layer - 1) * width + (at % width)}`
      return step(`s${n}`, { after: layer === 0 ? [] : [above(n), above(n + 1)] })
    })

  test('a night of diamonds is done, each step once and after its parents', async () => {
    const order: string[] = []
    const steps = diamonds(12, 6)
    await work(steps, async (_, { id }) => void order.push(id))
    expect([...order].sort()).toEqual(steps.map(({ id }) => id).sort())
    for (const { id, after } of steps)
      for (const parent of after) expect(order.indexOf(parent)).toBeLessThan(order.indexOf(id))
    expect(await runState(place.state)).toBe('done')
  })

  test('a backfill gives its pool back to a night that needs it, and goes on behind it', async () => {
    const day = step('day', { pool: 'north' })
    await createRun(place.state, { run: 'b', kind: 'backfill', slot: 'b', steps: [day] }, await place.state.now())
    const order: string[] = []
    const stop = new AbortController()
    const does: Does = async (room, { id }) => {
      order.push(id)
      if (order.length === 3) stop.abort()
      if (order.length > 1) return undefined
      await createRun(place.state, { run: 'n', slot: 'n', steps: [step('orders', { pool: 'north' })] }, 0)
      await new Promise((_, reject) =>
        room.signal.addEventListener('abort', () => reject(room.signal.reason), { once: true }),
      )
      return undefined
    }
    await workOn(termsOf(does, { signal: stop.signal }))
    expect(order).toEqual(['day', 'orders', 'day'])
    const row = await place.state.read.selectFrom('step').selectAll().where('run', '=', 'b').executeTakeFirst()
    expect(row).toMatchObject({ state: 'done', attempt: 1, crashes: 0 })
  })

  test('a backfill gives way to no night that nobody works on, and is done', async () => {
    const day = step('day', { pool: 'north' })
    await createRun(place.state, { run: 'n', slot: 'n', steps: [step('orders', { pool: 'north' })] }, 0)
    const order: string[] = []
    const does: Does = async (room, { id }) => {
      order.push(id)
      await new Promise((resolve, reject) => {
        room.signal.addEventListener('abort', () => reject(room.signal.reason), { once: true })
        setTimeout(resolve, 2_500)
      })
      return undefined
    }
    await createRun(place.state, { run: 'b', kind: 'backfill', slot: 'b', steps: [day] }, await place.state.now())
    await workOn({ ...termsOf(does, { signal: AbortSignal.timeout(8_000) }), run: 'b' })
    expect([order, await runState(place.state, 'b')]).toEqual([['day'], 'done'])
  })

  test('lost wakes cost seconds: the database is asked again for what is ready', async () => {
    const inline = inlineDeliverer(4)
    let offers = 0
    const forgetful: Deliverer = {
      ...inline,
      offer(wakes) {
        offers += 1
        if (offers % 3 === 0) inline.offer(wakes)
      },
    }
    await work(diamonds(2, 2), async () => undefined, { deliverer: forgetful })
    expect(await runState(place.state)).toBe('done')
  })

  test('wakes that come five times do a step once', async () => {
    const inline = inlineDeliverer(4)
    const done: string[] = []
    const stuttering: Deliverer = {
      ...inline,
      start: handle =>
        inline.start(async wake => void (await Promise.all(Array.from({ length: 5 }, () => handle(wake))))),
    }
    await work(diamonds(3, 3), async (_, { id }) => void done.push(id), { deliverer: stuttering })
    expect([...done].sort()).toEqual(
      diamonds(3, 3)
        .map(({ id }) => id)
        .sort(),
    )
  })

  test('a step that fails for now is tried again and told so', async () => {
    let tries = 0
    await work([step('a')], async () => {
      tries += 1
      if (tries === 1) throw new Fault({ what: 'the shop is busy', where: 'shop', hint: 'Wait.', retry: 'now' })
      return { counts: { in: 3 } }
    })
    expect(events.map(({ what }) => what)).toEqual(['started', 'retrying', 'started', 'done'])
    expect(events.at(-1)).toMatchObject({ report: { counts: { in: 3 } } })
  })

  test('a step that finds the warehouse in other hands waits for it, however long, and it counts as no try', async () => {
    let tries = 0
    await work([step('a', { risk: 'analytical' })], async () => {
      tries += 1
      if (tries < 4) throw new Fault({ what: 'it is in use', where: 'w', hint: 'Wait.', retry: 'later', kind: 'held' })
      return undefined
    })
    expect(events.map(event => (event.what === 'started' ? event.attempt : event.what))).toEqual([
      ...[1, 'retrying', 1, 'retrying', 1, 'retrying'],
      ...[1, 'done'],
    ])
  })

  test('a run that is cancelled begins nothing more, and what works on it keeps nothing', async () => {
    await work([step('a'), step('b', { after: ['a'] })], async () => {
      expect(await cancelRun(place.state, 'r', 5)).toBe(2)
      return { counts: { kept: 1 } }
    })
    expect(events.map(({ what }) => what)).toEqual(['started', 'lost'])
    expect(await statesOf(place.state)).toEqual({ a: 'blocked', b: 'blocked' })
    expect(await runState(place.state)).toBe('cancelled')
    await reopen(place.state, 'r', 6)
    expect(await statesOf(place.state)).toEqual({ a: 'ready', b: 'waiting' })
  })

  test('an error that nobody foresaw becomes a Fault with its cause, and other branches finish', async () => {
    await work([step('a', { risk: 'analytical' }), step('b', { after: ['a'] }), step('c')], async (_, { id }) => {
      if (id === 'a') throw new RangeError('nobody thought of this')
      return undefined
    })
    expect(await statesOf(place.state)).toEqual({ a: 'failed', b: 'blocked', c: 'done' })
    const failed = events.find(event => event.what === 'failed')
    expect(failed).toMatchObject({
      fault: { what: 'nobody thought of this', where: 'a', cause: expect.any(RangeError) },
    })
  })

  test('a job that the catalogue no longer has fails with the way out', async () => {
    await work([{ ...step('a'), job: 'gone' }], async () => undefined)
    expect(events.at(-1)).toMatchObject({ what: 'failed', fault: { what: 'the catalogue has no job gone' } })
  })

  test('a step of a process that died is taken over and done', async () => {
    await createRun(place.state, { run: 'r', slot: '2026-06-30T02:00:00.000000Z', steps: [step('a')] }, 0)
    await claim(place.state, { run: 'r', step: 'a' }, { holder: deadHolder, now: Date.now() })
    await work([step('a')], async () => undefined)
    expect(events[0]).toMatchObject({ what: 'started', attempt: 2 })
    expect(await runState(place.state)).toBe('done')
  })

  test('a step that another took over meanwhile is told as lost, keeps nothing, and the run goes on', async () => {
    await work([step('a'), step('b')], async ({ token }, { id }) => {
      if (id !== 'a') return undefined
      const mine = await place.state.read.selectFrom('step').select('token').where('id', '=', 'a').executeTakeFirst()
      if (mine?.token !== token || token > 2) return { counts: { second: 1 } }
      await place.state.write(tables =>
        tables.updateTable('step').set({ lease_until: 0 }).where('id', '=', 'a').execute(),
      )
      await claim(place.state, { run: 'r', step: 'a' }, { holder: deadHolder, now: Date.now() })
      return { counts: { first: 1 } }
    })
    expect(events.filter(({ step: { id } }) => id === 'a').map(({ what }) => what)).toEqual([
      'started',
      'lost',
      'started',
      'done',
    ])
    const a = await place.state.read.selectFrom('step').select('report').where('id', '=', 'a').executeTakeFirst()
    expect(JSON.parse(a?.report ?? '')).toEqual({ counts: { second: 1 } })
  })

  test('when it is told to stop, running steps hear it, are given back, and nothing more is begun', async () => {
    const stop = new AbortController()
    const running = (room: Room): Promise<never> =>
      new Promise((_, reject) => {
        room.signal.addEventListener('abort', () => reject(room.signal.reason), { once: true })
        stop.abort()
      })
    await work([step('a'), step('b', { after: ['a'] })], running, { signal: stop.signal })
    expect(await statesOf(place.state)).toEqual({ a: 'ready', b: 'waiting' })
    expect(await runState(place.state)).toBe('running')
    expect(events.map(({ what }) => what)).toEqual(['started', 'released'])
    expect(
      await claim(place.state, { run: 'r', step: 'a' }, { holder: thisProcess(), now: await place.state.now() }),
    ).toMatchObject({
      attempt: 1,
    })
  })

  test('what could not be settled while the state store was away is given back as soon as it is there again, and is no crash', async () => {
    const unsettled = new Set<Claim>()
    await createRun(place.state, { run: 'r', slot: 'r', steps: [step('a')] }, Date.now())
    const away = { ...place.state, write: async () => Promise.reject(new Error('away')) } as unknown as State
    let isAway = false
    const state = new Proxy(place.state, { get: (_, name) => (isAway ? away : place.state)[name as keyof State] })
    const does: Does = async () => {
      isAway = true
      return undefined
    }
    await expect(workOn({ ...termsOf(does), state, run: 'r', unsettled })).rejects.toThrow('away')
    expect(await statesOf(place.state)).toEqual({ a: 'running' })
    isAway = false
    await workOn({ ...termsOf(async () => undefined), state, run: 'r', unsettled })
    expect(await runState(place.state)).toBe('done')
    const row = await place.state.read.selectFrom('step').select(['attempt', 'crashes']).executeTakeFirst()
    expect(row).toEqual({ attempt: 1, crashes: 0 })
  })

  test('when the state store breaks, the work ends with its error instead of hanging', async () => {
    const broken = work([step('a'), step('b')], async () => {
      await place.state.write(tables => tables.schema.dropTable('event').execute())
      return undefined
    })
    await expect(broken).rejects.toThrow(/no such table: event|relation "event" does not exist/)
  })
})
