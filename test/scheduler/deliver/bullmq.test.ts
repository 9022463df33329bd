import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bullmqDeliverer } from '../../../scheduler/deliver/bullmq.ts'
import type { Deliverer } from '../../../scheduler/deliver/deliver.ts'
import { startLocalBackend } from '../../pglite.ts'
import { noRedis, type RedisServer, startRedis } from '../../redis.ts'
import { deliverSuite } from '../../suite/deliver.ts'

/** What the deliverer promises, on whatever its queues are kept. */
function suite(name: string, portOf: () => number): void {
  const open = (concurrency: number): Deliverer =>
    bullmqDeliverer({
      redis: { host: '127.0.0.1', port: portOf(), db: 0 },
      house: randomUUID(),
      concurrency,
      log: () => undefined,
    })

  deliverSuite(name, async concurrency => open(concurrency))

  test('a wake whose handling has failed is handed out when it is offered again', async () => {
    const deliverer = open(1)
    let tries = 0
    deliverer.start(async () => {
      tries += 1
      if (tries === 1) throw new Error('it broke')
    })
    const offered = (): number => {
      deliverer.offer([{ run: 'r', step: 'a', attempt: 0, priority: 0 }])
      return tries
    }
    await expect.poll(offered, { timeout: 10_000 }).toBeGreaterThan(1)
    await deliverer.stop()
  })
}

describe.skipIf(noRedis !== undefined)(noRedis ?? 'on a server', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  }, 60_000)
  afterAll(() => redis.stop())

  suite('BullMQ on Redis', () => redis.port)

  test('while Redis is away each process wakes its own steps, nothing is kept for it, and what is offered after it is back arrives', async () => {
    const troubles: unknown[] = []
    const seen: string[] = []
    const deliverer = bullmqDeliverer({
      redis: { host: '127.0.0.1', port: redis.port, db: 0 },
      house: randomUUID(),
      concurrency: 1,
      log: (_, facts) => void troubles.push(facts?.why),
    })
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
    await expect.poll(() => seen.some(step => step.startsWith('lost')), { timeout: 20_000 }).toBe(true)
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

describe('in the process of the test, which needs no server', () => {
  let backend: Awaited<ReturnType<typeof startLocalBackend>>
  beforeAll(async () => {
    backend = await startLocalBackend()
  }, 60_000)
  afterAll(() => backend.close())

  suite('BullMQ on PostgreSQL', () => 1)
})
