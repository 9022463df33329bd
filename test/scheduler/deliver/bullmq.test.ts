import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { redisHealth } from '../../../scheduler/deliver/away.ts'
import { bullmqDeliverer } from '../../../scheduler/deliver/bullmq.ts'
import type { Deliverer } from '../../../scheduler/deliver/deliver.ts'
import { startLocalBackend } from '../../pglite.ts'
import { noRedis, type RedisServer, startRedis } from '../../redis.ts'
import { deliverSuite } from '../../suite/deliver.ts'
import { noHealth } from './no-health.ts'

/** What the deliverer promises, on whatever its queues are kept. */
function suite(name: string, portOf: () => number): void {
  const open = (concurrency: number): Deliverer =>
    bullmqDeliverer({
      redis: { host: '127.0.0.1', port: portOf(), db: 0 },
      house: randomUUID(),
      concurrency,
      health: noHealth,
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

  test('while Redis is away each process wakes its own steps, nothing is kept for it, that it is away and that it is back are told once each, and what is offered then arrives', async () => {
    const told: string[] = []
    const seen: string[] = []
    const errors: string[] = []
    const health = redisHealth({ went: () => void told.push('away'), came: () => void told.push('back') })
    const deliverer = bullmqDeliverer({
      redis: { host: '127.0.0.1', port: redis.port, db: 0 },
      house: randomUUID(),
      concurrency: 1,
      health: {
        ...health,
        trouble(error) {
          errors.push(error.message)
          health.trouble(error)
        },
      },
    })
    deliverer.start(async ({ step }) => void seen.push(step))
    const offer = (step: string): number => {
      deliverer.offer([{ run: 'r', step, attempt: 0, priority: 1 }])
      return seen.filter(each => each.startsWith('after')).length
    }
    offer('before')
    await expect.poll(() => seen, { timeout: 20_000 }).toEqual(['before'])
    await redis.kill()
    const refused = (): number => {
      offer(`lost ${errors.length}`)
      return errors.filter(why => /isn't writeable/.test(why)).length
    }
    await expect.poll(refused, { timeout: 20_000 }).toBeGreaterThan(3)
    await expect.poll(() => seen.some(step => step.startsWith('lost')), { timeout: 20_000 }).toBe(true)
    expect(told).toEqual(['away'])
    await redis.start()
    await expect
      .poll(
        () => {
          deliverer.offer([])
          return told
        },
        { timeout: 20_000 },
      )
      .toEqual(['away', 'back'])
    await expect.poll(() => offer(`after ${Math.random()}`), { timeout: 20_000 }).toBeGreaterThan(0)
    expect(told).toEqual(['away', 'back'])
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
