import { afterEach, beforeEach, expect, test } from 'vitest'
import { Fault } from '../../../contracts/fault.ts'
import { whyNotDone } from '../../../scheduler/cli/why.ts'
import { sayAtWork } from '../../../scheduler/kernel/at-work.ts'
import { createRun } from '../../../scheduler/kernel/run.ts'
import { fail } from '../../../scheduler/kernel/settle.ts'
import { nightsOf } from '../../../scheduler/next.ts'
import { claimed, overEveryStore, type Place, step } from '../fixture.ts'

const fault = new Fault({ what: 'the shop is closed', where: 'shop north', hint: 'Open it.', retry: 'never' })
const busy = new Fault({ what: 'the shop is busy', where: 'shop north', hint: 'Wait.', retry: 'later' })

overEveryStore(newPlace => {
  let place: Place
  beforeEach(async () => {
    place = await newPlace()
  })
  afterEach(() => place.end())

  const whys = async (): Promise<readonly string[]> => {
    const schedule = { cron: '0 2 * * *', timeZone: 'UTC', catchUp: 'latest' } as const
    const nights = await nightsOf({ state: place.state, schedule, now: new Date('2026-06-30T03:00:00Z') })
    return (await whyNotDone(place.state, nights)).map(
      ({ run, step: id, state, why }) => `${run} ${id} ${state}: ${why}`,
    )
  }
  const night = (day: string): string => `2026-06-${day}T02:00:00.000000Z`
  const failed = async (run: string, id: string): Promise<void> => {
    await fail(place.state, await claimed(place.state, id, { run, now: 1 }), fault, { now: 2, random: 0 })
  }

  test('a step that failed says why, what to do, and what to type; what waits for it says so', async () => {
    const steps = [step('a'), step('b', { after: ['a'] }), step('c', { after: ['b'] })]
    await createRun(place.state, { run: 'night', slot: night('30'), steps }, 0)
    await failed('night', 'a')
    expect(await whys()).toEqual([
      'night a failed: the shop is closed (shop north). Open it. Next: boomerang retry night',
      'night b blocked: waits for "a", which failed',
      'night c blocked: waits for "a", which failed',
    ])
  })

  test('those of a run that still works, and of a replay, are told beside what works; a batch of events and an older night are not', async () => {
    await createRun(place.state, { run: 'old', slot: night('29'), steps: [step('a')] }, 0)
    await failed('old', 'a')
    await createRun(place.state, { run: 'night', slot: night('30'), steps: [step('a'), step('b')] }, 1)
    await failed('night', 'a')
    for (const kind of ['replay', 'stream'] as const) {
      await createRun(place.state, { run: kind, kind, slot: kind, steps: [step('a')] }, 2)
      await failed(kind, 'a')
    }
    const leave = await sayAtWork(place.state, 'night')
    expect(await whys()).toEqual([
      expect.stringMatching(/^night b ready: may begin/),
      expect.stringMatching(/^night a failed: the shop is closed .* Next: boomerang retry night$/),
      expect.stringMatching(/^replay a failed: the shop is closed .* Next: boomerang retry replay$/),
    ])
    await leave()
  })

  test('a step that waits for its next try says what went wrong in the last, also when its time has come', async () => {
    const now = await place.state.now()
    const steps = [step('soon'), step('due', { pool: 'north' }), step('other', { pool: 'north' })]
    await createRun(place.state, { run: 'night', slot: night('30'), steps }, now)
    await fail(place.state, await claimed(place.state, 'soon', { run: 'night', now }), busy, {
      now: now + 30_000,
      random: 1,
    })
    await fail(place.state, await claimed(place.state, 'due', { run: 'night', now }), busy, {
      now: now - 60_000,
      random: 1,
    })
    await claimed(place.state, 'other', { run: 'night', now })
    expect(await whys()).toEqual([
      expect.stringMatching(/^night soon ready: is tried again in \d+ s, after: the shop is busy \(shop north\)$/),
      expect.stringMatching(
        /^night due ready: its pool north is held by other .*; its last try: the shop is busy \(shop north\)$/,
      ),
      expect.stringMatching(/^night other running: /),
    ])
  })
})
