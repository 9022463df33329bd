import type { Risk } from '../../contracts/connection.ts'
import type { Retry } from '../../contracts/fault.ts'

const second = 1_000
const minute = 60 * second

/** How often a step is tried in all before it has failed: what is graver is tried longer. */
export const attemptsOf: Readonly<Record<Risk, number>> = { financial: 5, operational: 4, analytical: 2 }

/** A step whose process died under it so often is not tried again: it may be what kills it. */
export const crashesAllowed = 10

export interface Failure {
  readonly retry: Retry
  readonly waitMs: number | undefined
  readonly attempt: number
  readonly risk: Risk
}

/** Milliseconds until the next try, or undefined where the step has failed. `random` lies in [0, 1). */
export function retryAfter({ retry, waitMs, attempt, risk }: Failure, random: number): number | undefined {
  if (retry === 'never' || attempt >= attemptsOf[risk]) return undefined
  const backoff = Math.min((retry === 'now' ? second / 4 : second) * 2 ** (attempt - 1), minute)
  return Math.max(Math.round(backoff * (0.5 + random / 2)), waitMs ?? 0)
}
