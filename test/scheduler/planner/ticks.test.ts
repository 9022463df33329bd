import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { bullmqNudge } from '../../../scheduler/planner/bullmq-nudge.ts'
import { type Nudge, tick } from '../../../scheduler/planner/ticks.ts'
import { noRedis, type RedisServer, startRedis } from '../../redis.ts'

let stop: AbortController
let looks: number
let ticking: Promise<void>
afterEach(async () => {
  stop.abort()
  await ticking
})

function begin(everyMs: number, nudge?: (call: () => void) => Nudge): void {
  stop = new AbortController()
  looks = 0
  const look = async (): Promise<void> => {
    looks += 1
  }
  ticking = tick({ everyMs, look, signal: stop.signal, ...(nudge === undefined ? {} : { nudge }) })
}

test('a planner looks at once, at each of its ticks, and whenever it is called', async () => {
  let call = (): void => undefined
  begin(60_000, given => {
    call = given
    return { keep: async () => undefined, close: async () => undefined }
  })
  await expect.poll(() => looks).toBe(1)
  call()
  await expect.poll(() => looks).toBe(2)
  stop.abort()
  await ticking
  begin(5)
  await expect.poll(() => looks).toBeGreaterThan(3)
})

describe.skipIf(noRedis !== undefined)(noRedis ?? 'called by BullMQ', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  }, 60_000)
  afterAll(() => redis.stop())
  const nudge = (call: () => void): Nudge =>
    bullmqNudge(
      {
        redis: { host: '127.0.0.1', port: redis.port, db: 0 },
        house: randomUUID(),
        everyMs: 300,
      },
      call,
    )

  test('a planner looks at each call', async () => {
    begin(60_000, nudge)
    await expect.poll(() => looks, { timeout: 10_000 }).toBeGreaterThan(3)
  })

  test('a scheduler that Redis has lost is brought back by the next look', async () => {
    begin(1_000, nudge)
    await expect.poll(() => looks, { timeout: 10_000 }).toBeGreaterThan(3)
    await redis.send('FLUSHALL')
    const before = looks
    await expect.poll(() => looks, { timeout: 10_000 }).toBeGreaterThan(before + 6)
    expect(Number(await redis.send('DBSIZE'))).toBeGreaterThan(0)
  })
})
