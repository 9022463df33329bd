import { z } from 'zod'
import type { Fault } from '../../contracts/fault.ts'
import type { Tables } from '../kernel/history.ts'
import type { State } from '../state/state.ts'
import type { Trouble } from './alert.ts'
import { instantAt } from './standing.ts'

const shape = z.object({
  /** When a planner last looked, in milliseconds. */
  at: z.number(),
  /** True where it promised to look again soon. */
  ticks: z.boolean(),
  fault: z.object({ what: z.string(), where: z.string(), hint: z.string(), since: z.number() }).optional(),
})

/** What the planners of the house last said of themselves. */
export type Planning = z.infer<typeof shape>

const key = 'planner'

/** So long, in milliseconds, a planner that ticks may be silent, and one that cannot plan may try again, before it is told. */
const silentMs = 5 * 60_000
const failingMs = 60_000

export async function planningOf(tables: Tables): Promise<Planning | undefined> {
  const row = await tables.selectFrom('meta').select('value').where('key', '=', key).executeTakeFirst()
  return row === undefined ? undefined : shape.parse(JSON.parse(row.value))
}

/** Writes down that a planner has looked, and what kept it from planning. */
export async function notePlanning(state: State, { ticks, fault }: { ticks: boolean; fault?: Fault }): Promise<void> {
  const at = await state.now()
  await state.write(async tables => {
    const before = await planningOf(tables)
    const kept = fault && { what: fault.what, where: fault.where, hint: fault.hint, since: before?.fault?.since ?? at }
    const value = JSON.stringify({ at, ticks, ...(kept === undefined ? {} : { fault: kept }) })
    await tables
      .insertInto('meta')
      .values({ key, value })
      .onConflict(conflict => conflict.column('key').doUpdateSet({ value }))
      .execute()
  })
}

/** A house without nights has no fresh data soon: whatever keeps them from being planned is of the gravest risk. */
export function planningTroubles(planning: Planning | undefined, now: number): readonly Trouble[] {
  if (planning === undefined) return []
  const { at, ticks, fault } = planning
  const base = {
    kind: 'planner',
    risk: 'financial',
    counts: {},
    atRisk: {},
    parts: [['planner']],
    failures: [],
  } as const
  if (ticks && now - at >= silentMs)
    return [
      {
        ...base,
        key: 'planner silent',
        what: 'no planner has looked for nights that are due',
        where: 'boomerang up',
        since: instantAt(at),
        hint: 'See whether a process still runs, and why the last one ended.',
        next: 'npx boomerang up',
      },
    ]
  if (fault === undefined || (ticks && now - fault.since < failingMs)) return []
  return [
    {
      ...base,
      key: 'planner fails',
      what: `no night can be planned: ${fault.what}`,
      where: fault.where,
      since: instantAt(fault.since),
      hint: fault.hint,
      next: 'npx boomerang plan',
    },
  ]
}
