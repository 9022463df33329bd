import { Queue, Worker } from 'bullmq'
import { type HouseRedis, queueOptions, workerOptions } from '../deliver/bullmq.ts'
import type { Nudge } from './ticks.ts'

export interface NudgeTerms extends HouseRedis {
  /** Milliseconds. */
  readonly everyMs: number
}

/** A job scheduler that calls one planner of the house at each tick. It decides nothing; where Redis lost it, the next look brings it back. */
export function bullmqNudge({ everyMs, ...found }: NudgeTerms, call: () => void): Nudge {
  /** What wakes the steps of this process tells of it. */
  const trouble = (): void => undefined
  const queue = new Queue('planner', queueOptions(found)).on('error', trouble)
  const worker = new Worker('planner', async () => call(), {
    ...workerOptions(found),
    removeOnComplete: { count: 0 },
  })
  worker.on('error', trouble)
  return {
    /** Without waiting: a Redis that is away must not keep a planner from its next look. */
    async keep() {
      queue.upsertJobScheduler('tick', { every: everyMs }, { name: 'tick' }).catch(trouble)
    },
    async close() {
      await worker.close()
      await queue.close()
    },
  }
}
