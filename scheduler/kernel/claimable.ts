import type { Wake } from '../deliver/deliver.ts'
import type { State, StateTables } from '../state/state.ts'
import { whoIsAtWork } from './at-work.ts'
import { isAlive, isClaimable } from './claim.ts'
import { isInLowerLane } from './graph.ts'

/** What may be begun in this moment. */
export interface Claimable {
  /** As a deliverer is told of them, however often; what should go first stands first. */
  readonly wakes: readonly Wake[]
  /** Pools that a step of the lower lane holds and another waits for, of whatever run somebody works on: it gives way. */
  readonly wanted: ReadonlySet<string>
  /** Whether a step is ready or running, so that the run, or some run, goes on. */
  readonly isOpen: boolean
  /** Milliseconds until the next step is due that waits for its next try; Infinity where none does. */
  readonly nextMs: number
}

/**
 * The steps that are due and that nothing holds up. Of one run, or of all but those of streams: a stream reads what lies on the machine that took
 * it in.
 */
export async function claimableSteps(
  state: State,
  { run, now }: { readonly run?: string | undefined; readonly now: number },
): Promise<Claimable> {
  const rows = await openSteps(state)
  const busy = rows.filter(row => row.state === 'running' && isAlive(row, now))
  const due = rows.filter(row => isClaimable(row, now))
  const resting = due.some(({ pool }) => pool !== null) ? await restingPools(state, now) : new Set<string>()
  const holders = new Map(busy.flatMap(row => (row.pool === null ? [] : [[row.pool, row] as const])))
  const free = due
    .filter(row => (run === undefined ? row.kind !== 'stream' : row.run === run))
    .filter(({ pool }) => pool === null || !(holders.has(pool) || resting.has(pool)))
  const isWorkedOn = rows.some(isInLowerLane) ? await whoIsAtWork(state, now) : () => false
  const first = new Set(
    due.flatMap(row => (row.pool === null || isInLowerLane(row) || !isWorkedOn(row) ? [] : [row.pool])),
  )
  const wanted = [...first].filter(pool => {
    const holder = holders.get(pool)
    return holder !== undefined && isInLowerLane(holder)
  })
  const behind = free.filter(row => isInLowerLane(row) && (row.pool === null || !first.has(row.pool)))
  const lower = busy.some(isInLowerLane) ? [] : behind.slice(0, 1)
  return {
    wakes: [...free.filter(row => !isInLowerLane(row)), ...lower].map(wakeOf),
    wanted: new Set(wanted),
    isOpen: rows.some(row => run === undefined || row.run === run),
    nextMs: Math.min(
      ...rows.flatMap(({ state, ready_at }) => (state === 'ready' && ready_at > now ? [ready_at - now] : [])),
    ),
  }
}

type OpenStep = Pick<
  StateTables['step'],
  'run' | 'id' | 'attempt' | 'pool' | 'priority' | 'state' | 'ready_at' | 'holder' | 'lease_until'
> &
  Pick<StateTables['run'], 'kind'>

const openSteps = ({ read }: State): Promise<readonly OpenStep[]> =>
  read
    .selectFrom('step')
    .innerJoin('run', 'run.id', 'step.run')
    .select(['step.run', 'step.id', 'step.attempt', 'step.pool', 'step.priority', 'run.kind'])
    .select(['step.state', 'step.ready_at', 'step.holder', 'step.lease_until'])
    .where('run.state', '=', 'running')
    .where('step.state', 'in', ['ready', 'running'])
    .orderBy('step.priority')
    .orderBy('run.created_at')
    .orderBy('step.ordinal')
    .execute()

async function restingPools({ read }: State, now: number): Promise<ReadonlySet<string>> {
  const rows = await read.selectFrom('pool').select('name').where('rests_until', '>', now).execute()
  return new Set(rows.map(({ name }) => name))
}

const wakeOf = ({ run, id, attempt, pool, priority }: OpenStep): Wake => ({
  run,
  step: id,
  attempt,
  priority,
  ...(pool === null ? {} : { pool }),
})
