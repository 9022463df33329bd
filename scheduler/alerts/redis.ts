import type { Away } from '../deliver/away.ts'
import type { Trouble } from './alert.ts'
import { instantAt } from './standing.ts'

/** For so long, in milliseconds, Redis may be away before it is told: a restart is none of anybody's business. */
export const awayMs = 60_000

/** Redis only wakes: without it nights go on, each process for itself, and nothing is lost but their sharing. */
export function redisTroubles(
  away: Away | undefined,
  { now, where }: { readonly now: number; readonly where: string },
): readonly Trouble[] {
  if (away === undefined || now - away.since < awayMs) return []
  return [
    {
      key: 'redis away',
      kind: 'redis',
      risk: 'operational',
      what: 'Redis is away: each process wakes its own steps',
      where,
      since: instantAt(away.since),
      counts: { processes: away.processes },
      atRisk: {},
      hint: `Nothing is lost and nights go on. See that Redis runs and that this machine is let through: ${away.why}.`,
      next: 'npx boomerang doctor',
      parts: [['redis']],
      failures: [],
    },
  ]
}
