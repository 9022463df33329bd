import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AlertRoute } from '../../../contracts/connection.ts'
import { acknowledge, mute, unmute } from '../../../scheduler/alerts/hand.ts'
import { remindMs } from '../../../scheduler/alerts/owed.ts'
import { tell } from '../../../scheduler/alerts/tell.ts'
import { reopen } from '../../../scheduler/kernel/run.ts'
import { overEveryStore, type Place, step } from '../fixture.ts'
import { type House, type HouseTerms, houseIn, stepOf } from './house.ts'
import { type FakePlace, fakePlace } from './places.ts'
import { tellerOf } from './teller.ts'

overEveryStore(newPlace => {
  let place: Place
  let hook: FakePlace
  beforeEach(async () => {
    place = await newPlace()
    hook = await fakePlace()
  })
  afterEach(async () => {
    await place.end()
    await hook.close()
  })

  const route = (more: Partial<AlertRoute> = {}): AlertRoute => ({
    to: 'webhook',
    address: hook.url,
    from: 'analytical',
    ...more,
  })
  const houseWith = (more: HouseTerms = {}): House => houseIn(place, { alerts: [route()], ...more })
  const told = (house: House): Promise<void> =>
    tell(tellerOf(place.state, place.folder, house.environment), new AbortController().signal)
  const lookAndTell = async (house: House): Promise<void> => {
    await house.look()
    await told(house)
  }
  /** Waits are over. */
  const hurry = () => place.state.write(tables => tables.updateTable('notice').set({ due_at: 0 }).execute())
  const heard = (): readonly unknown[] => hook.bodies().map(({ state }) => state)

  async function broken(house: House): Promise<string> {
    const run = await house.night('30', [step('a')])
    await house.failed(run, 'a')
    return run
  }
  async function mended(house: House, run: string): Promise<void> {
    await reopen(place.state, run, Date.now())
    await house.done(run, 'a')
  }

  test('a trouble is told once, and once more that it is over', async () => {
    const house = houseWith()
    const run = await broken(house)
    for (let times = 0; times < 3; times += 1) await lookAndTell(house)
    expect(heard()).toEqual(['opened'])
    await mended(house, run)
    for (let times = 0; times < 3; times += 1) await lookAndTell(house)
    expect(heard()).toEqual(['opened', 'recovered'])
  })

  test('what comes and goes between two looks is not told', async () => {
    const house = houseWith()
    await mended(house, await broken(house))
    await lookAndTell(house)
    expect(heard()).toEqual([])
  })

  test('what is over before anybody could be told is not told', async () => {
    const house = houseWith()
    const run = await broken(house)
    await house.look()
    await mended(house, run)
    await lookAndTell(house)
    expect(heard()).toEqual([])
  })

  test('what a place did not take is told later, in its order, though it is over by then', async () => {
    const house = houseWith()
    const run = await broken(house)
    hook.answers({ status: 500 }, { status: 500 })
    await lookAndTell(house)
    expect(hook.taken).toHaveLength(1)
    await lookAndTell(house)
    expect(hook.taken).toHaveLength(1)
    await mended(house, run)
    await lookAndTell(house)
    expect(heard()).toEqual(['opened'])
    await hurry()
    await told(house)
    await hurry()
    await told(house)
    expect(heard()).toEqual(['opened', 'opened', 'opened', 'recovered'])
    expect(new Set(hook.taken.map(({ headers }) => headers['idempotency-key'])).size).toBe(2)
  })

  test('a place that asks to be left alone is, and so is whatever else is owed to it', async () => {
    const house = houseWith({ owners: { south: 'finance' } })
    const steps = [stepOf('extract', 'orders', 'north'), stepOf('extract', 'orders', 'south')]
    const run = await house.night('30', steps)
    for (const { id } of steps) await house.failed(run, id)
    hook.answers({ status: 429, headers: { 'retry-after': '120' } })
    const before = Date.now()
    await lookAndTell(house)
    expect(hook.taken).toHaveLength(1)
    const rows = await place.state.read.selectFrom('notice').select(['state', 'due_at']).execute()
    expect(rows.map(({ state, due_at }) => [state, due_at >= before + 120_000])).toEqual([
      ['due', true],
      ['due', true],
    ])
  })

  test.each([
    ['a century', 'Fri, 01 Jan 2126 00:00:00 GMT'],
    ['more milliseconds than a store has digits for', '9'.repeat(30)],
  ])('a place that asks to be left alone for %s is asked again within a day', async (_, wait) => {
    const house = houseWith()
    await broken(house)
    hook.answers({ status: 503, headers: { 'retry-after': wait } })
    await lookAndTell(house)
    const rows = await place.state.read.selectFrom('notice').select(['state', 'due_at']).execute()
    expect(rows.map(({ state, due_at }) => [state, due_at <= Date.now() + 24 * 60 * 60_000])).toEqual([['due', true]])
  })

  describe('several processes', () => {
    const telling = () =>
      spawn(process.execPath, [join(import.meta.dirname, 'telling.ts'), place.address, place.folder, hook.url], {
        stdio: 'ignore',
      })

    test('that look at the same time send one', async () => {
      await broken(houseWith())
      await Promise.all(Array.from({ length: 4 }, () => once(telling(), 'exit')))
      expect(heard()).toEqual(['opened'])
    })

    test('of which one is killed while it sends: it is told again, under the same key', async () => {
      const house = houseWith()
      await broken(house)
      hook.answers('nothing')
      const child = telling()
      await hook.until(1)
      child.kill('SIGKILL')
      await once(child, 'exit')
      await lookAndTell(house)
      expect(heard()).toEqual(['opened', 'opened'])
      expect(new Set(hook.taken.map(({ headers }) => headers['idempotency-key'])).size).toBe(1)
    })

    test('of which one is still sending: another does not send beside it', async () => {
      const house = houseWith()
      await broken(house)
      hook.answers('nothing')
      const child = telling()
      await hook.until(1)
      await lookAndTell(house)
      expect(hook.taken).toHaveLength(1)
      child.kill('SIGKILL')
      await once(child, 'exit')
    })
  })

  describe('by hand', () => {
    test('what nobody has acknowledged is told again after a day, and what has been is not; that it is over is told either way', async () => {
      const house = houseWith()
      const run = await broken(house)
      await lookAndTell(house)
      const aDayAgo = () =>
        place.state.write(tables =>
          tables
            .updateTable('notice')
            .set({ sent_at: Date.now() - remindMs })
            .execute(),
        )
      await aDayAgo()
      await lookAndTell(house)
      await lookAndTell(house)
      expect(hook.bodies().map(({ reminder }) => reminder)).toEqual([0, 1])
      const [alert] = await house.open()
      await acknowledge(place.state, alert?.id.slice(0, 4) ?? '', 'on it')
      expect((await house.open())[0]?.acked).toMatchObject({ who: expect.stringMatching(/^\S+ on \S+$/), why: 'on it' })
      await aDayAgo()
      await lookAndTell(house)
      expect(hook.taken).toHaveLength(2)
      await mended(house, run)
      await lookAndTell(house)
      expect(heard()).toEqual(['opened', 'opened', 'recovered'])
    })

    test('what is muted by its name waits until it is not', async () => {
      const house = houseWith()
      const steps = [stepOf('extract', 'orders', 'north'), stepOf('extract', 'orders', 'south', { risk: 'financial' })]
      const run = await house.night('30', steps)
      await house.failed(run, steps[0]?.id ?? '')
      await house.failed(run, steps[1]?.id ?? '', { what: 'another thing' })
      await mute(place.state, { name: 'north', forMs: 60_000, why: 'the shop moves' })
      await lookAndTell(house)
      expect(hook.bodies().map(({ risk }) => risk)).toEqual(['financial'])
      await unmute(place.state, 'north')
      await lookAndTell(house)
      expect(hook.taken).toHaveLength(2)
    })

    test('a mute that has run out, and one of a part of an alert, keep nothing back', async () => {
      const house = houseWith()
      const steps = [stepOf('extract', 'orders', 'north'), stepOf('extract', 'orders', 'south')]
      const run = await house.night('30', steps)
      for (const { id } of steps) await house.failed(run, id)
      await mute(place.state, { name: 'north', forMs: 60_000, why: '' })
      await mute(place.state, { name: 'south', forMs: -1, why: '' })
      await lookAndTell(house)
      expect(heard()).toEqual(['opened'])
    })
  })

  describe('the URL that hears of nights that are done', () => {
    test('is fetched once after each, and not after one that failed', async () => {
      const house = houseIn(place, { alive: hook.url })
      const run = await broken(house)
      await lookAndTell(house)
      expect(hook.taken).toEqual([])
      await mended(house, run)
      await lookAndTell(house)
      await lookAndTell(house)
      expect(hook.taken.map(({ body }) => body)).toEqual([undefined])
    })

    test('is fetched again where it did not answer well, and what kept it is logged', async () => {
      const house = houseIn(place, { alive: hook.url })
      await mended(house, await broken(house))
      hook.answers({ status: 503 })
      await lookAndTell(house)
      await hurry()
      await lookAndTell(house)
      expect(hook.taken).toHaveLength(2)
      expect(readFileSync(join(place.folder, '.boomerang', 'logs', 'alerts.jsonl'), 'utf8')).toContain(
        'the URL answered 503',
      )
    })
  })
})
