import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { Queue } from 'bullmq'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Step } from '../../jobs/job.ts'
import { bullmqDeliverer, workerOptions } from '../../scheduler/deliver/bullmq.ts'
import { createRun } from '../../scheduler/kernel/run.ts'
import { noRedis, noSmallDisk, type RedisServer, startRedis } from '../redis.ts'
import { noHealth } from '../scheduler/deliver/no-health.ts'
import { newPlace, type Place } from '../scheduler/fixture.ts'
import { count, randomOf, seed } from './counts.ts'
import { historyOf } from './history.ts'
import { type Line, startLine } from './line.ts'
import { breachesOf } from './oracle.ts'
import { diamonds, work } from './working.ts'

const rounds = count(1, 4)
const isLong = count(0, 1) === 1

describe.skipIf(noRedis !== undefined)(
  noRedis ?? `two workers whose Redis (seed ${seed})`,
  { timeout: 120_000 },
  () => {
    let place: Place
    let redis: RedisServer
    let proxy: Line
    let house: string
    let troubles: string[]
    let effects: string[]
    const random = randomOf(seed)
    const began = async (smallDisk = false): Promise<void> => {
      redis = await startRedis({ smallDisk })
      proxy = await startLine(redis.port)
      place = await newPlace()
      house = randomUUID()
      troubles = []
      effects = []
    }
    afterEach(async () => {
      await proxy.close()
      await redis.stop()
      await place.end()
    })

    /** Works through the steps while the trouble goes on, and ends when the run has. */
    async function survives(steps: readonly Step[], trouble: () => Promise<void>): Promise<void> {
      await createRun(place.state, { run: 'r', slot: '2026-06-30T02:00:00.000000Z', steps }, Date.now())
      const workers = [1, 2].map(() =>
        work({
          state: place.state,
          deliverer: bullmqDeliverer({
            redis: { host: '127.0.0.1', port: proxy.port, db: 0 },
            house,
            concurrency: 2,
            health: { ...noHealth, trouble: ({ message }) => void troubles.push(message) },
          }),
          does: async (_, { id }) => {
            await wait(10 + 30 * random())
            effects.push(id)
            return undefined
          },
        }),
      )
      await Promise.all([...workers, trouble()])
      expect(effects.toSorted()).toEqual(steps.map(({ id }) => id).toSorted())
      expect(breachesOf(await historyOf(place.state))).toEqual([])
    }

    describe('is on an ordinary disk', () => {
      beforeEach(() => began())

      test('is emptied again and again: the run ends, and no step is done twice', async () => {
        await survives(diamonds(10 * rounds, 4), async () => {
          for (let n = 0; n < 2 * rounds; n += 1) {
            await wait(300 * random())
            await redis.send('FLUSHALL')
          }
        })
      })

      test('is killed and begun again: the workers go on without being begun again', async () => {
        await survives(diamonds(30 * rounds, 4), async () => {
          for (let n = 0; n < rounds; n += 1) {
            await wait(200 + 200 * random())
            expect(effects.length).toBeLessThan(120 * rounds)
            await redis.kill()
            await wait(300)
            await redis.start()
          }
        })
      })

      test('is cut off in the middle of a word: the workers connect again', async () => {
        await survives(diamonds(10 * rounds, 4), async () => {
          for (let n = 0; n < 3 * rounds; n += 1) {
            await wait(100 + 200 * random())
            proxy.cut()
          }
        })
      })

      test('is far away: the run only takes longer', async () => {
        proxy.slow(15)
        await survives(diamonds(3 * rounds, 4), async () => undefined)
      })

      test('is full and refuses to write (OOM): it is said so, and what was lost is offered again', async () => {
        await survives(diamonds(10 * rounds, 4), async () => {
          await wait(200)
          await redis.send('CONFIG', 'SET', 'maxmemory', '1000')
          await expect.poll(() => troubles.join(), { timeout: 20_000 }).toContain('OOM')
          await redis.send('CONFIG', 'SET', 'maxmemory', '0')
        })
      })

      test('hands out every wake five times under other ids: each step is done once', async () => {
        const steps = diamonds(6 * rounds, 4)
        const queue = new Queue(
          'house',
          workerOptions({ redis: { host: '127.0.0.1', port: redis.port, db: 0 }, house }),
        )
        await survives(steps, async () => {
          for (let n = 0; n < 5; n += 1) {
            const wakes = steps.map(({ id }) => ({ run: 'r', step: id, attempt: 0, priority: 1 }))
            await queue.addBulk(wakes.map(data => ({ name: 'wake', data, opts: { jobId: randomUUID() } })))
            await wait(50)
          }
        }).finally(() => queue.close())
      })

      test.skipIf(!isLong)(
        `falls silent on the lines that stand: the workers give them up after half a minute, and go on${isLong ? '' : ' (skipped: it waits for that long; npm run test:chaos does it)'}`,
        async () => {
          await survives(diamonds(20, 4), async () => {
            await wait(300)
            proxy.freeze()
          })
        },
      )
    })

    describe.skipIf(noSmallDisk !== undefined)(noSmallDisk ?? 'is on a disk that becomes full', () => {
      beforeEach(() => began(true))

      test('refuses to write (MISCONF): it is said so, and what was lost is offered again', async () => {
        await survives(diamonds(10 * rounds, 4), async () => {
          await wait(100)
          const filled = async (): Promise<string> => {
            try {
              return String(await redis.send('SET', randomUUID(), 'x'.repeat(100_000)))
            } catch (error) {
              return String(error)
            }
          }
          await expect.poll(filled, { timeout: 20_000, interval: 20 }).toContain('MISCONF')
          await expect.poll(() => troubles.join(), { timeout: 20_000 }).toContain('MISCONF')
          redis.widen()
        })
      })
    })
  },
)
