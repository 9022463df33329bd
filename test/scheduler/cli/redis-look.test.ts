import { type AddressInfo, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { judgeRedis, redisSays } from '../../../scheduler/cli/redis-look.ts'
import { freePort } from '../../free-port.ts'
import { noRedis, type RedisServer, startRedis } from '../../redis.ts'

const good = { redis_version: '7.0.15', maxmemory_policy: 'noeviction', aof_enabled: '1' }
const judged = (facts: Readonly<Record<string, string>>, aheadMs = 0): unknown => judgeRedis({ facts, aheadMs })

test('a Redis that keeps what it is given is fine, and Valkey is, too', () => {
  expect(judged(good)).toBe('redis 7.0.15, noeviction, appendonly')
  const valkey = { ...good, redis_version: '7.2.4', server_name: 'valkey', valkey_version: '8.1.3' }
  expect(judged(valkey)).toBe('valkey 8.1.3, noeviction, appendonly')
})

test.each([
  [{ maxmemory_policy: 'allkeys-lru' }, 0, 'CONFIG SET maxmemory-policy noeviction'],
  [{ aof_enabled: '0' }, 0, 'CONFIG SET appendonly yes'],
  [{}, 61_000, 'its clock is 61 s off that of the state store'],
  [{}, -9_000, 'its clock is -9 s off'],
])('what may go wrong with it is said with what to type (%j, %i ms)', (facts, aheadMs, says) => {
  expect(judged({ ...good, ...facts }, aheadMs)).toEqual({ warns: expect.stringContaining(says) })
})

test.each(['6.0.16', '5.0.7'])('Redis %s is too old', version => {
  expect(() => judged({ ...good, redis_version: version })).toThrow(/needs Redis 6\.2/)
})

const clock = { now: async () => Date.now() }

test('one that is not there is a Fault that names it', async () => {
  const port = await freePort()
  await expect(redisSays({ host: '127.0.0.1', port, db: 0 }, clock)).rejects.toMatchObject({
    where: `redis 127.0.0.1:${port}`,
    what: expect.stringContaining('ECONNREFUSED'),
    retry: 'later',
  })
})

test('one that listens and says nothing is not waited for without end', async () => {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await expect(redisSays({ host: '127.0.0.1', port, db: 0 }, clock)).rejects.toMatchObject({
    what: 'it does not answer: nothing came for 5 seconds',
    retry: 'later',
  })
  server.close()
})

describe.skipIf(noRedis !== undefined)(noRedis ?? 'a server', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  }, 60_000)
  afterAll(() => redis.stop())
  const place = () => ({ host: '127.0.0.1', port: redis.port, db: 0 })

  test('says what it is, and what was set otherwise', async () => {
    expect(await redisSays(place(), clock)).toMatch(/^redis [6-9]\.[0-9.]+, noeviction, appendonly$/)
    await redis.send('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    await redis.send('CONFIG', 'SET', 'appendonly', 'no')
    const says = await redisSays(place(), { now: async () => Date.now() - 60_000 })
    expect(says).toEqual({ warns: expect.stringMatching(/allkeys-lru.*appendonly is off.*its clock is 60 s off/) })
  })

  test('that asks for a password says so', async () => {
    await redis.send('CONFIG', 'SET', 'requirepass', 'open sesame')
    await expect(redisSays(place(), clock)).rejects.toMatchObject({ hint: expect.stringContaining('password') })
    const wrong = redisSays({ ...place(), password: 'wrong' }, clock)
    await expect(wrong).rejects.toMatchObject({ hint: expect.stringContaining('password') })
    expect(await redisSays({ ...place(), password: 'open sesame' }, clock)).toBeTruthy()
  })
})
