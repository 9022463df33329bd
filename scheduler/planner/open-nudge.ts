import { redisOf } from '../deliver/open.ts'
import type { Office } from '../office.ts'
import { type Nudge, tickMs } from './ticks.ts'

/** What calls the planners of the house between their own ticks; undefined where there is no Redis. */
export async function openNudge(office: Office): Promise<((call: () => void) => Nudge) | undefined> {
  const found = await redisOf(office)
  if (found === undefined) return undefined
  const { bullmqNudge } = await import('./bullmq-nudge.ts')
  return call => bullmqNudge({ ...found, everyMs: tickMs }, call)
}
