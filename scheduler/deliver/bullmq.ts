import { setTimeout as wait } from 'node:timers/promises'
import { type Job, Queue, Worker } from 'bullmq'
import type { Traces } from '../telemetry/traces.ts'
import type { Health } from './away.ts'
import type { Deliverer, Wake } from './deliver.ts'
import { inlineDeliverer } from './inline.ts'

/** Where Redis is, and as whom it is spoken to. */
export interface RedisPlace {
  readonly host: string
  readonly port: number
  readonly db: number
  readonly username?: string
  readonly password?: string
  readonly tls?: Record<string, never>
}

/** The Redis of a house: several houses may share one. */
export interface HouseRedis {
  readonly redis: RedisPlace
  /** The id of the house, which its queues are named by. */
  readonly house: string
}

/** What every worker of a house is opened with. A command has no timeout: a worker waits for its next job in one. */
export const workerOptions = ({ redis, house }: HouseRedis) => ({
  connection: { ...redis, maxRetriesPerRequest: null, socketTimeout: 30_000, keepAlive: 10_000 },
  prefix: `{boomerang-${house}}`,
})

/** What every queue of a house is opened with: what cannot be put in now is not kept for later, it is offered again anyway. */
export function queueOptions(found: HouseRedis) {
  const { connection, prefix } = workerOptions(found)
  return { prefix, connection: { ...connection, enableOfflineQueue: false } }
}

export interface BullmqTerms extends HouseRedis {
  /** Wakes of no pool that are handled at once in this process; of each pool, one at a time in all processes together. */
  readonly concurrency: number
  /** Hears of what goes wrong with Redis, and of what goes well. */
  readonly health: Health
  /** Carries the run of a step from process to process, for its trace. */
  readonly traced?: Traces['queue']
}

/** Rejects when Redis has had the time to take something; a queue that has never reached it would wait for it without end. */
async function tooLate(): Promise<never> {
  await wait(trustMs, undefined, { ref: false })
  throw new Error(`it took nothing for ${trustMs / 1000} seconds`)
}

interface Pool {
  readonly queue: Queue<Wake>
  readonly worker: Worker<Wake> | undefined
}

/**
 * A killed process holds the one slot of a pool until its job's lock has ended, so the lock is short: a job that is handed out twice for it costs a
 * claim that is refused.
 */
const locks = { lockDuration: 6_000, stalledInterval: 2_000, maxStalledCount: 10 } as const

/** How long a wake is taken to be in the queue, in milliseconds: what is lost there is put in again after that. */
const trustMs = 5_000

/**
 * Wakes steps in every process of the house, through Redis (6.2 or newer) or Valkey: one queue for each resource pool. A job only says which
 * step may be ready; losing all of Redis costs seconds. Settings as measured with BullMQ 6: a stalled job is found within the interval, and a
 * socket that is half open within its timeout.
 */
export function bullmqDeliverer({ concurrency, health, traced, ...found }: BullmqTerms): Deliverer {
  const telemetry = traced === undefined ? {} : { telemetry: traced.telemetry }
  const forQueues = { ...queueOptions(found), ...telemetry }
  const forWorkers = { ...workerOptions(found), ...telemetry }
  const pools = new Map<string | undefined, Pool>()
  const offered = new Map<string, number>()
  let handle: ((wake: Wake) => Promise<void>) | undefined
  let stopped = false
  const trouble = (error: Error): void => {
    if (!stopped) health.trouble(error)
  }

  /** While Redis takes nothing, the process wakes its own steps: the house goes on, each process for itself. */
  const alone = inlineDeliverer(concurrency)
  const put = ({ queue }: Pool, wakes: readonly Wake[]): Promise<unknown> =>
    Promise.race([queue.addBulk(wakes.map(wake => jobOf(wake, traced))), tooLate()]).then(() => health.well('took'))
  const running = new Set<Promise<void>>()
  const worked = async ({ data }: Job<Wake>): Promise<void> => {
    const work = handle?.(data) ?? Promise.resolve()
    running.add(work)
    await work.finally(() => running.delete(work))
  }
  const forget = (job: Job<Wake> | undefined): void => {
    if (job !== undefined) offered.delete(keyOf(job.data))
  }
  const workerOf = (name: string, isShared: boolean): Worker<Wake> =>
    new Worker<Wake>(name, worked, {
      ...forWorkers,
      concurrency: isShared ? concurrency : 1,
      ...locks,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    })
      .on('error', trouble)
      .on('completed', forget)
      .on('failed', forget)

  function poolOf(pool: string | undefined): Pool {
    const name = pool === undefined ? 'house' : `pool ${pool}`
    const found = pools.get(pool)
    if (found !== undefined && (found.worker !== undefined || handle === undefined)) return found
    const queue = found?.queue ?? new Queue<Wake>(name, forQueues).on('error', trouble)
    if (found === undefined && pool !== undefined) queue.setGlobalConcurrency(1).catch(trouble)
    const opened = { queue, worker: handle === undefined ? undefined : workerOf(name, pool === undefined) }
    pools.set(pool, opened)
    return opened
  }

  /** Where nothing is offered, nothing else would tell that Redis is back. */
  const ask = (): void => {
    if (health.isAsked())
      Promise.race([poolOf(undefined).queue.count(), tooLate()]).then(
        () => health.well('answered'),
        () => undefined,
      )
  }

  return {
    start(handler) {
      handle = handler
      alone.start(handler)
      for (const pool of new Set([undefined, ...pools.keys()])) poolOf(pool)
    },
    offer(wakes) {
      if (stopped) return
      ask()
      const now = performance.now()
      for (const [key, until] of offered) if (until <= now) offered.delete(key)
      const fresh = wakes.filter(wake => !offered.has(keyOf(wake)))
      for (const wake of fresh) offered.set(keyOf(wake), now + trustMs)
      for (const [pool, some] of Map.groupBy(fresh, ({ pool }) => pool))
        put(poolOf(pool), some).catch((error: Error) => {
          trouble(error)
          alone.offer(some)
        })
    },
    async stop() {
      stopped = true
      await alone.stop()
      const all = [...pools.values()].flatMap(({ worker, queue }) => (worker === undefined ? [queue] : [worker, queue]))
      const closing = Promise.all(all.map(each => each.close().catch(trouble)))
      await Promise.allSettled(running)
      await Promise.race([closing, wait(trustMs, undefined, { ref: false })])
      /** What waits for a Redis that is away would keep the process from ending. */
      for (const each of all) each.disconnect().catch(trouble)
    },
  }
}

const keyOf = ({ run, step, attempt }: Wake): string => `${run} ${step} ${attempt}`

/** A job of the same id that waits or works is not put in twice; one that has ended, well or not, is forgotten, or it would swallow the next wake. */
const jobOf = (wake: Wake, traced: Traces['queue']) => ({
  name: 'wake',
  data: wake,
  opts: {
    jobId: Buffer.from(keyOf(wake)).toString('base64url'),
    priority: 1 + wake.priority,
    removeOnComplete: true,
    removeOnFail: true,
    ...(traced === undefined ? {} : { telemetry: { metadata: traced.metadataOf(wake.run) } }),
  },
})
