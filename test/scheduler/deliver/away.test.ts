import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { awayMs } from '../../../scheduler/alerts/redis.ts'
import { awayNote, redisAway, redisHealth } from '../../../scheduler/deliver/away.ts'
import { newMetrics } from '../../../scheduler/telemetry/metrics.ts'
import { noRedis, type RedisServer, startRedis } from '../../redis.ts'
import { houseIn } from '../alerts/house.ts'
import { deadHolder, overEveryStore, type Place } from '../fixture.ts'
import { type ToyProject, toyProject, toySettings } from '../toy/project.ts'

test('a Redis that answers and takes nothing is not back before it takes something', () => {
  const told: string[] = []
  const health = redisHealth({ went: ({ message }) => void told.push(message), came: () => void told.push('back') })
  const said = (message: string): void => health.trouble(new Error(message))
  health.well('answered')
  said('connect ECONNREFUSED')
  said('connect ECONNREFUSED')
  expect([health.isAsked(), told]).toEqual([true, ['connect ECONNREFUSED']])
  health.well('answered')
  said("OOM command not allowed when used memory > 'maxmemory'")
  expect(health.isAsked()).toBe(false)
  health.well('answered')
  expect(told.slice(1)).toEqual(['back', "OOM command not allowed when used memory > 'maxmemory'"])
  health.well('took')
  expect(told.at(-1)).toBe('back')
})

overEveryStore(newPlace => {
  let place: Place
  beforeEach(async () => {
    place = await newPlace()
  })
  afterEach(() => place.end())

  const away = async () => redisAway(place.state.read, await place.state.now())
  const metric = async (): Promise<string | undefined> =>
    /^boomerang_redis_away_processes (\d+)$/m.exec(await newMetrics(place.state).text())?.[1]

  test('what processes find of Redis is known to the house, and of one that died nothing is left', async () => {
    const [first, second] = [awayNote(place.state), awayNote(place.state)]
    expect([await away(), await metric()]).toEqual([undefined, '0'])
    first.set('connect ECONNREFUSED')
    await expect.poll(away).toMatchObject({ processes: 1, why: 'connect ECONNREFUSED' })
    second.set('it is full')
    await expect.poll(away).toMatchObject({ processes: 2, why: 'connect ECONNREFUSED' })
    expect(await metric()).toBe('2')
    await first.end()
    expect(await away()).toMatchObject({ processes: 1, why: 'it is full' })
    await place.state.write(tables =>
      tables
        .updateTable('lease')
        .set({ holder: JSON.stringify(deadHolder) })
        .execute(),
    )
    expect(await away()).toBeUndefined()
    await second.end()
  })

  test('it is told once where it is away for longer than a restart takes, and is over when it is back', async () => {
    const house = houseIn(place)
    const note = awayNote(place.state)
    note.set('connect ECONNREFUSED')
    await expect.poll(away).toBeDefined()
    expect(await house.look()).toEqual([])
    await place.state.write(tables =>
      tables
        .updateTable('lease')
        .set(eb => ({ since: eb('since', '-', awayMs) }))
        .execute(),
    )
    const [alert, ...more] = await house.look()
    expect(more).toEqual([])
    expect(alert?.trouble).toMatchObject({
      kind: 'redis',
      risk: 'operational',
      what: 'Redis is away: each process wakes its own steps',
      counts: { processes: 1 },
      hint: expect.stringContaining('connect ECONNREFUSED'),
      next: 'npx boomerang doctor',
    })
    expect((await house.look()).map(({ id }) => id)).toEqual([alert?.id])
    await note.end()
    expect(await house.look()).toEqual([])
  })
})

describe.skipIf(noRedis !== undefined)(
  noRedis ?? 'a house whose Redis goes and comes back',
  { timeout: 60_000 },
  () => {
    let redis: RedisServer
    let toy: ToyProject
    beforeAll(async () => {
      redis = await startRedis()
      toy = toyProject([{ id: 'a', tries: ['wait'] }])
      const settings = { redis: { address: `redis://127.0.0.1:${redis.port}` } }
      toy.config({ ...toySettings, environments: { toy: { ...toySettings.environments.toy, ...settings } } })
    }, 60_000)
    afterAll(async () => {
      toy.remove()
      await redis.stop()
    })

    const events = (): readonly string[] =>
      [...toy.log('worker').matchAll(/"event":"(redis is [a-z]+)"/g)].map(([, event]) => event ?? '')

    test('says so once when it goes and once when it is back, and status in between', async () => {
      const { child, ended } = toy.start('up', '--listen', '127.0.0.1:0')
      await expect
        .poll(() => toy.withState(({ read }) => read.selectFrom('step').select('state').execute()), { timeout: 30_000 })
        .toEqual([{ state: 'running' }])
      await redis.kill()
      const status = async (): Promise<string> => (await toy.boomerang('status')).out
      await expect.poll(status, { timeout: 30_000 }).toMatch(/^redis {8}away since \S+ \S+Z for 1 of the processes \(/m)
      await redis.start()
      await expect.poll(status, { timeout: 30_000 }).not.toMatch(/^redis/m)
      child.kill('SIGTERM')
      expect((await ended).code).toBe(0)
      expect(events()).toEqual(['redis is away', 'redis is back'])
    })
  },
)
