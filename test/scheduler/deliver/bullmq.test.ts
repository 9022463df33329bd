import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bullmqDeliverer } from '../../../scheduler/deliver/bullmq.ts'
import type { Deliverer } from '../../../scheduler/deliver/deliver.ts'
import type { Log } from '../../../scheduler/log.ts'
import { noRedis, type RedisServer, startRedis } from '../../redis.ts'
import { deliverSuite } from '../../suite/deliver.ts'

describe.skipIf(noRedis !== undefined)(noRedis ?? 'on a server', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  }, 60_000)
  afterAll(() => redis.stop())

  const open = (concurrency: number, log: Log): Deliverer =>
    bullmqDeliverer({ redis: { host: '127.0.0.1', port: redis.port, db: 0 }, house: randomUUID(), concurrency, log })

  deliverSuite('BullMQ on Redis', async concurrency => open(concurrency, () => undefined))

  test('while Redis is away wakes are not kept for it, and those that are offered after it is back arrive', async () => {
    const troubles: unknown[] = []
    const seen: string[] = []
    const deliverer = open(1, (_, facts) => void troubles.push(facts?.why))
    deliverer.start(async ({ step }) => void seen.push(step))
    const wake = (step: string) => ({ run: 'r', step, attempt: 0, priority: 1 })
    deliverer.offer([wake('before')])
    await expect.poll(() => seen, { timeout: 20_000 }).toEqual(['before'])
    await redis.kill()
    await expect
      .poll(
        () => {
          deliverer.offer([wake(`lost ${troubles.length}`)])
          return troubles.some(why => /isn't writeable/.test(String(why)))
        },
        { timeout: 20_000 },
      )
      .toBe(true)
    await redis.start()
    await expect
      .poll(
        () => {
          deliverer.offer([wake(`after ${Math.random()}`)])
          return seen.some(step => step.startsWith('after'))
        },
        { timeout: 20_000 },
      )
      .toBe(true)
    await deliverer.stop()
  }, 60_000)
})
