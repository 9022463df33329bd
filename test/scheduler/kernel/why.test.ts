import { afterEach, beforeEach, expect, test } from 'vitest'
import { Fault } from '../../../contracts/fault.ts'
import { createRun } from '../../../scheduler/kernel/run.ts'
import { fail } from '../../../scheduler/kernel/settle.ts'
import { standingOf, whyAll } from '../../../scheduler/kernel/why.ts'
import { claimed, deadHolder, overEveryStore, type Place, step } from '../fixture.ts'

overEveryStore(newPlace => {
  let place: Place
  beforeEach(async () => {
    place = await newPlace()
  })
  afterEach(() => place.end())

  const whys = async (): Promise<Readonly<Record<string, string>>> =>
    Object.fromEntries(
      whyAll(await standingOf(place.state)).map(({ step: id, why }) => [
        id,
        why.replace(/process \d+ on \S+?(?=[ )])/, 'P'),
      ]),
    )

  test('every step that is not done says what it waits for, and who works on it', async () => {
    const now = await place.state.now()
    const steps = [
      step('orders', { pool: 'north', writes: ['raw.order'] }),
      step('stock', { pool: 'north' }),
      step('again', { writes: ['raw.order'] }),
      step('late', { pool: 'south' }),
      step('resting', { pool: 'south' }),
      step('dead'),
      step('free'),
      step('mart', { after: ['orders', 'stock', 'again', 'late'] }),
    ]
    await createRun(place.state, { run: 'r', slot: 's', steps }, now)
    await claimed(place.state, 'orders', { now })
    await claimed(place.state, 'dead', { now, holder: deadHolder })
    const busy = new Fault({ what: 'the shop is busy', where: 'w', hint: 'h', retry: 'later', waitMs: 30_000 })
    await fail(place.state, await claimed(place.state, 'late', { now }), busy, { now: now + 1_000, random: 1 })
    expect(await whys()).toEqual({
      orders: expect.stringMatching(/^P works on it for \d+ s$/),
      stock: 'its pool north is held by orders (P)',
      again: 'what it writes is being written by orders (P)',
      late: expect.stringMatching(/^is tried again in \d+ s, after: the shop is busy$/),
      resting: expect.stringMatching(/^its pool south was asked to rest for \d+ s$/),
      dead: 'P is gone or silent: a worker takes it over',
      free: 'may begin: who works is busy with orders',
      mart: 'waits for orders, stock, again and 1 more',
    })
  })

  test('a backfill gives way, and waits its turn', async () => {
    const now = await place.state.now()
    const days = [step('day 1', { pool: 'north' }), step('day 2', { pool: 'south' })]
    await createRun(place.state, { run: 'b', kind: 'backfill', slot: 'b', steps: days }, now)
    await createRun(place.state, { run: 'r', slot: 's', steps: [step('orders', { pool: 'north' })] }, now)
    await claimed(place.state, 'day 1', { run: 'b', now })
    expect(await whys()).toMatchObject({
      orders: 'its pool north is held by day 1 of a backfill, which gives way once somebody works on this run (P)',
      'day 2': 'of all backfills one step works at a time: day 1 (P)',
    })
  })

  test('where nobody works it says so', async () => {
    await createRun(place.state, { run: 'r', slot: 's', steps: [step('free')] }, 0)
    expect(await whys()).toEqual({ free: expect.stringContaining('nobody works') })
  })
})
