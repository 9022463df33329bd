import type { Step } from '../../jobs/job.ts'
import type { State, StateTables } from '../state/state.ts'
import { isAlive } from './claim.ts'
import { isInLowerLane } from './graph.ts'
import type { Holder } from './holder.ts'

type StepRow = StateTables['step']

/** What is looked at to say why a step waits: all in the state of one moment. */
export interface Standing {
  /** The steps of every run that is not over. */
  readonly steps: readonly StepRow[]
  readonly edges: readonly StateTables['edge'][]
  readonly pools: readonly StateTables['pool'][]
  readonly now: number
}

export interface Why {
  readonly run: string
  readonly step: string
  readonly state: StepRow['state']
  readonly why: string
}

export async function standingOf({ read, now }: State): Promise<Standing> {
  const open = read.selectFrom('run').select('id').where('state', '=', 'running')
  const steps = await read
    .selectFrom('step')
    .selectAll()
    .where('run', 'in', open)
    .orderBy('run')
    .orderBy('ordinal')
    .execute()
  const edges = await read.selectFrom('edge').selectAll().where('run', 'in', open).execute()
  return { steps, edges, pools: await read.selectFrom('pool').selectAll().execute(), now: await now() }
}

/** For each step that is not over, in words, what it waits for or who works on it. */
export function whyAll(standing: Standing): readonly Why[] {
  const byId = new Map(standing.steps.map(row => [`${row.run} ${row.id}`, row]))
  const parents = Map.groupBy(standing.edges, ({ run, child }) => `${run} ${child}`)
  const busy = standing.steps
    .filter(row => row.state === 'running' && isAlive(row, standing.now))
    .map(row => ({ row, step: JSON.parse(row.spec) as Step }))
  return standing.steps
    .filter(({ state }) => state === 'waiting' || state === 'ready' || state === 'running')
    .map(row => {
      const above = (parents.get(`${row.run} ${row.id}`) ?? []).map(({ parent }) => byId.get(`${row.run} ${parent}`))
      const why =
        row.state === 'waiting' ? whyWaiting(above) : row.state === 'running' ? whyRunning(row, standing) : undefined
      return { run: row.run, step: row.id, state: row.state, why: why ?? whyReady(row, standing, busy) }
    })
}

const named = 3

function whyWaiting(above: readonly (StepRow | undefined)[]): string {
  const open = above
    .filter(row => row !== undefined && row.state !== 'done')
    .toSorted((a, b) => (a?.ordinal ?? 0) - (b?.ordinal ?? 0))
    .map(row => row?.id)
  const more = open.length > named ? ` and ${open.length - named} more` : ''
  return `waits for ${open.slice(0, named).join(', ')}${more}`
}

const secondsUntil = (at: number, now: number): string => `${Math.ceil((at - now) / 1000)} s`
const holderOf = (row: StepRow): string => {
  const { pid, host } = JSON.parse(row.holder ?? '{}') as Partial<Holder>
  return `process ${pid} on ${host}`
}

const whyRunning = (row: StepRow, { now }: Standing): string =>
  isAlive(row, now)
    ? `${holderOf(row)} works on it for ${secondsUntil(now, row.started_at ?? now)}`
    : `${holderOf(row)} is gone or silent: a worker takes it over`

interface Busy {
  readonly row: StepRow
  readonly step: Step
}

function whyReady(row: StepRow, { now, pools }: Standing, busy: readonly Busy[]): string {
  const step = JSON.parse(row.spec) as Step
  const rest = pools.find(({ name }) => name === step.pool)?.rests_until ?? 0
  const inPool = busy.find(other => step.pool !== undefined && other.step.pool === step.pool)
  const writer = busy.find(other => other.step.writes.some(relation => step.writes.includes(relation)))
  if (row.ready_at > now) {
    const { what } = JSON.parse(row.fault ?? '{}') as { readonly what?: string }
    return `is tried again in ${secondsUntil(row.ready_at, now)}${what === undefined ? '' : `, after: ${what}`}`
  }
  if (rest > now) return `its pool ${step.pool} was asked to rest for ${secondsUntil(rest, now)}`
  if (inPool !== undefined && isInLowerLane(inPool.row) && !isInLowerLane(row))
    return `its pool ${step.pool} is held by ${inPool.step.id} of a backfill, which gives way once somebody works on this run (${holderOf(inPool.row)})`
  if (inPool !== undefined) return `its pool ${step.pool} is held by ${inPool.step.id} (${holderOf(inPool.row)})`
  if (writer !== undefined) return `what it writes is being written by ${writer.step.id} (${holderOf(writer.row)})`
  const before = isInLowerLane(row) ? busy.find(other => isInLowerLane(other.row)) : undefined
  if (before !== undefined)
    return `of all backfills one step works at a time: ${before.step.id} (${holderOf(before.row)})`
  return busy.length === 0
    ? 'may begin, and nobody works: start `boomerang up` or `boomerang worker`'
    : `may begin: who works is busy with ${busy
        .slice(0, named)
        .map(other => other.step.id)
        .join(', ')}`
}
