import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createRun, newestNight } from '../../../scheduler/kernel/run.ts'
import { dueSlot } from '../../../scheduler/planner/planner.ts'
import { overEveryStore, type Place, step } from '../fixture.ts'
import { at, planOn, schedule } from './plan-on.ts'

/** At once: the figure that is reported was measured with 20. */
const planners = Number(process.env.BOOMERANG_PLANNERS ?? 5)
const slot = (day: string): string => `2026-06-${day}T02:00:00.000000Z`

describe('after days without a planner', () => {
  const nights = { newest: { slot: slot('26') }, now: at('30'), since: at('30') }

  test.each([
    ['all', 'the oldest that was missed', slot('27')],
    ['latest', 'the newest, which answers for all', slot('30')],
    ['none', 'the next', undefined],
  ] as const)('the policy %s plans %s', (catchUp, _, expected) => {
    expect(dueSlot({ ...schedule, catchUp }, nights)).toBe(expected)
  })

  test('the policy none plans a night that ends while the planner looks', () => {
    expect(dueSlot({ ...schedule, catchUp: 'none' }, { ...nights, since: at('29') })).toBe(slot('30'))
  })
})

test.each(['all', 'latest', 'none'] as const)('a night that has been planned is not due again (%s)', catchUp => {
  const planned = { newest: { slot: slot('30') }, now: at('30'), since: at('01') }
  expect(dueSlot({ ...schedule, catchUp }, planned)).toBeUndefined()
})

test('a house that has had no night begins with the newest, whatever the policy', () => {
  for (const catchUp of ['all', 'latest'] as const)
    expect(dueSlot({ ...schedule, catchUp }, { newest: undefined, now: at('30'), since: at('30') })).toBe(slot('30'))
})

overEveryStore(newPlace => {
  let place: Place
  beforeEach(async () => {
    place = await newPlace()
  })
  afterEach(() => place.end())

  test(`${planners} planners at once plan a night once`, async () => {
    const child = join(import.meta.dirname, 'planning.ts')
    const printed = await Promise.all(
      Array.from({ length: planners }, () => promisify(execFile)(process.execPath, [child, place.address])),
    )
    const states = printed.map(({ stdout }) => stdout.trim())
    expect(states.filter(state => state === 'planned')).toHaveLength(1)
    const runs = await place.state.read.selectFrom('run').select(['slot', 'state']).execute()
    expect(runs).toEqual([{ slot: slot('30'), state: 'running' }])
    expect(await place.state.read.selectFrom('step').select('id').execute()).toHaveLength(2)
  }, 60_000)

  test('a night that still works is waited for, and a later one answers for a failed one', async () => {
    await createRun(place.state, { run: 'old', slot: slot('29'), steps: [step('a')] }, 1)
    expect(await planOn(place.state)).toEqual({ state: 'still working' })
    await place.state.write(tables => tables.updateTable('run').set({ state: 'failed' }).execute())
    expect(await planOn(place.state)).toMatchObject({
      state: 'planned',
      slot: slot('30'),
    })
    expect((await newestNight(place.state))?.slot).toBe(slot('30'))
    const old = place.state.read.selectFrom('run').select('state').where('id', '=', 'old')
    expect(await old.executeTakeFirst()).toEqual({ state: 'superseded' })
  })
})
