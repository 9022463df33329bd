import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe } from 'vitest'
import { bullmqDeliverer } from '../../../scheduler/deliver/bullmq.ts'
import { noRedis, type RedisServer, startRedis } from '../../redis.ts'
import { deliverSuite } from '../../suite/deliver.ts'

describe.skipIf(noRedis !== undefined)(noRedis ?? 'on a server', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  }, 60_000)
  afterAll(() => redis.stop())

  deliverSuite('BullMQ on Redis', async concurrency =>
    bullmqDeliverer({
      redis: { host: '127.0.0.1', port: redis.port, db: 0 },
      house: randomUUID(),
      concurrency,
      log: () => undefined,
    }),
  )
})
