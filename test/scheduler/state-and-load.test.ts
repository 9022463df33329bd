import fc from 'fast-check'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Claim, leaseMs } from '../../scheduler/kernel/claim.ts'
import { finish } from '../../scheduler/kernel/settle.ts'
import { faultOf } from '../suite/warehouse.ts'
import { deadHolder, farHolder, statesOf } from './fixture.ts'
import { broken } from './loading/catalogue.ts'
import { type Claiming, type LoadingHouse, loadingHouse } from './loading/house.ts'

let house: LoadingHouse
beforeEach(() => {
  house = loadingHouse()
})
afterEach(() => house.end())

const day = (n: number): string => `2026-06-${String(n).padStart(2, '0')}T02:00:00.000000Z`
const [extract, load] = ['extract orders north', 'load orders north'] as const
const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n)

describe('a process that is killed', { timeout: 60_000 }, () => {
  beforeEach(() => house.change(day(29), [1, 2, 3]))

  test('between the commit of its load and the mark of done loads nothing twice when the night goes on (dlt#4052, #2837)', async () => {
    house.told('dies after the commit')
    expect((await house.project.apart('run')).signal).toBe('SIGKILL')
    expect(await house.intervals()).toEqual(['06-01 06-30 open'])
    expect(await house.loads()).toEqual(['06-01 06-30 applied'])
    const standing = async (): Promise<unknown> =>
      Promise.all(
        ['raw.storefront_order', 'raw.storefront_order_line', 'ops.loads'].map(table =>
          house.rows(`from ${table} order by all`),
        ),
      )
    const before = await standing()
    expect(await house.orders()).toEqual(['1 06-29', '2 06-29', '3 06-29'])
    house.change(day(30), [3, 4])
    expect((await house.project.boomerang('run')).code).toBe(0)
    expect(await standing()).toEqual(before)
    expect(await house.intervals()).toEqual(['06-01 06-30 closed'])
  })

  test('before the commit of its load leaves no row and no word of it, and the night goes on from its landing (dlt#4023)', async () => {
    house.told('dies before the commit')
    expect((await house.project.apart('run')).signal).toBe('SIGKILL')
    expect(await house.loads()).toEqual([])
    expect(await house.rows(`select table_name from information_schema.tables where table_schema = 'raw'`)).toEqual([])
    expect(await house.intervals()).toEqual(['06-01 06-30 open'])
    expect((await house.project.boomerang('run')).code).toBe(0)
    expect(await house.orders()).toEqual(['1 06-29', '2 06-29', '3 06-29'])
    expect(await house.loads()).toEqual(['06-01 06-30 applied'])
    expect(await house.intervals()).toEqual(['06-01 06-30 closed'])
  })
})

describe('a load that fails', () => {
  test('does not advance its interval: the next night reads from the same instant (airbyte#73715, #12782, #42468)', async () => {
    house.change(day(1), range(1, 30), true)
    house.change(day(1), [31])
    const run = await house.begin(day(2))
    await house.work(run)
    expect(await statesOf((await house.office()).state, run)).toEqual({ [extract]: 'done', [load]: 'failed' })
    expect(await house.loads()).toEqual(['06-01 06-02 stopped'])
    expect(await house.intervals()).toEqual(['06-01 06-02 open'])
    house.change(day(1), range(1, 30))
    await house.work(await house.begin(day(3)))
    expect(await house.intervals()).toEqual(['06-01 06-03 closed'])
    expect(await house.orders()).toEqual(range(1, 31).map(n => `${n} 06-01`))
  })

  test('closes no interval without its step: both are written, or neither is', async () => {
    house.change(day(1), [1])
    const run = await house.begin(day(2))
    const { state } = await house.office()
    for (const step of [extract, load]) {
      const held = await house.claimed({ run, step })
      const report = await house.does(held)
      if (step === load)
        await sql
          .raw(
            `create trigger full before insert on event when new.what = 'done' begin select raise(abort, 'disk is full'); end`,
          )
          .execute(state.read)
      const settled = finish(state, held, report, Date.now())
      if (step === load) await expect(settled).rejects.toThrow('disk is full')
      else await settled
    }
    expect(await house.intervals()).toEqual(['06-01 06-02 open'])
    expect(await statesOf(state, run)).toEqual({ [extract]: 'done', [load]: 'running' })
  })
})

test('a zombie with a lower token writes nothing into the warehouse, and closes nothing', async () => {
  house.change(day(1), [1, 2])
  const first = await house.begin(day(2))
  await doneBy(house, { run: first, step: extract })
  const zombie = await house.claimed({ run: first, step: load, holder: farHolder })
  house.change(day(2), [2, 3])
  await house.work(await house.begin(day(3), Date.now() + leaseMs + 1))
  const before = await house.rows('select * from raw.storefront_order order by all')
  expect(await faultOf(house.does(zombie))).toMatchObject({
    what: expect.stringContaining('higher token'),
    retry: 'later',
  })
  expect(await finish((await house.office()).state, zombie, { counts: {} }, Date.now())).toBe(false)
  expect(await house.rows('select * from raw.storefront_order order by all')).toEqual(before)
  expect(await house.loads()).toEqual(['06-01 06-03 applied'])
  expect(await house.intervals()).toEqual(['06-01 06-03 closed'])
})

describe('however nights end', () => {
  const ends = ['well', 'dead before its commit', 'dead after its commit', 'failed', 'taken over'] as const
  type End = (typeof ends)[number]
  /** Steps whose holders still believe that they hold them. */
  let zombies: Claim[]

  /** A night in which an order came, one changed, and the load ended so. */
  async function night(n: number, end: End): Promise<void> {
    house.change(day(n - 1), [1, n])
    house.change(day(n - 1), range(100, 130), end === 'failed')
    const run = await house.begin(day(n), Date.now() + leaseMs + 1)
    if (end === 'well' || end === 'failed') return house.work(run)
    await doneBy(house, { run, step: extract, holder: deadHolder })
    const held = await house.claimed({ run, step: load, holder: end === 'taken over' ? farHolder : deadHolder })
    if (end === 'taken over') return void zombies.push(held)
    house.told(end === 'dead before its commit' ? 'breaks before the commit' : 'breaks after the commit')
    await expect(house.does(held)).rejects.toBe(broken)
  }

  async function closedWithoutLoad(): Promise<readonly string[]> {
    const loaded = new Set(await house.loads())
    return (await house.intervals()).filter(
      each => each.endsWith('closed') && !loaded.has(each.replace('closed', 'applied')),
    )
  }

  test('a closed interval has its load, and no order is lost or stands twice (dlt#3227; airbyte#73715, #12782, #42468)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...ends), { minLength: 3, maxLength: 3 }), async three => {
        await house.end()
        house = loadingHouse()
        zombies = []
        for (const [n, end] of [...three, 'well' as const].entries()) {
          await night(n + 2, end)
          expect(await closedWithoutLoad()).toEqual([])
        }
        for (const zombie of zombies) expect(await faultOf(house.does(zombie))).toMatchObject({ retry: 'later' })
        expect(await house.intervals()).toContainEqual(expect.stringMatching(/06-05 closed$/))
        expect(await house.orders()).toEqual([
          ...[1, 2, 3, 4, 5].map(n => `${n} ${day(n === 1 ? 4 : n - 1).slice(5, 10)}`),
          ...range(100, 130).map(n => `${n} 06-04`),
        ])
      }),
      { numRuns: 4 },
    )
  }, 60_000)
})

/** Claims a step, does it and says so. */
async function doneBy({ claimed, does, office }: LoadingHouse, claiming: Claiming): Promise<void> {
  const held = await claimed(claiming)
  await finish((await office()).state, held, await does(held), Date.now())
}
