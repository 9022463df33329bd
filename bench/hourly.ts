import { setTimeout as wait } from 'node:timers/promises'
import { inlineDeliverer } from '../scheduler/deliver/inline.ts'
import { createRun } from '../scheduler/kernel/run.ts'
import type { State } from '../scheduler/state/state.ts'
import { workOn } from '../scheduler/worker.ts'
import { inNewState } from './new-state.ts'
import { sleepStep, toyTerms } from './toy-work.ts'

const [hours, hourMs, objects, extractMs, loadMs] = [8, 11_000, 6, 1_500, 150] as const
const days = 400

/** Six objects of one shop, whose steps need its pool one after the other. */
const hourly = Array.from({ length: objects }, (_, n) => [
  sleepStep(`extract ${n}`, extractMs, { pool: 'shop' }),
  sleepStep(`load ${n}`, loadMs, { after: [`extract ${n}`], writes: [`raw.${n}`] }),
]).flat()

const backfill = Array.from({ length: days }, (_, day) => [
  sleepStep(`extract 0 ${day}`, extractMs, { pool: 'shop' }),
  sleepStep(`load 0 ${day}`, loadMs, { after: [`extract 0 ${day}`], writes: ['raw.0'] }),
]).flat()

export interface Hourly {
  /** The 95th percentile of how long the steps waited from the moment at which they were due, in milliseconds. */
  readonly p95: number
  /** Steps of the backfill that were done meanwhile. */
  readonly done: number
}

/** An hourly pipeline, its hours shortened, alone or beside a backfill of the same shop. */
export const workHourly = (beside: boolean): Promise<Hourly> =>
  inNewState(async state => {
    const stop = new AbortController()
    if (beside) await createRun(state, { run: 'b', kind: 'backfill', slot: 'b', steps: backfill }, await state.now())
    const working = workOn({ ...toyTerms(state, stop.signal), deliverer: inlineDeliverer(4) })
    for (let hour = 0; hour < hours; hour += 1) {
      await createRun(state, { run: `hour ${hour}`, slot: `hour ${hour}`, steps: hourly }, await state.now())
      await wait(hourMs)
    }
    stop.abort()
    await working
    return { p95: percentile(await waitsOf(state), 0.95), done: await doneOf(state) }
  })

async function waitsOf({ read }: State): Promise<readonly number[]> {
  const rows = await read
    .selectFrom('step')
    .innerJoin('run', 'run.id', 'step.run')
    .leftJoin('edge', join => join.onRef('edge.run', '=', 'step.run').onRef('edge.child', '=', 'step.id'))
    .leftJoin('step as parent', join =>
      join.onRef('parent.run', '=', 'edge.run').onRef('parent.id', '=', 'edge.parent'),
    )
    .select(['step.started_at', 'run.created_at', 'parent.ended_at'])
    .where('run.kind', '=', 'night')
    .execute()
  return rows.map(({ started_at, created_at, ended_at }) => (started_at ?? Number.NaN) - (ended_at ?? created_at))
}

async function doneOf({ read }: State): Promise<number> {
  const rows = await read.selectFrom('step').select('id').where('run', '=', 'b').where('state', '=', 'done').execute()
  return rows.length
}

/** NaN where a step was never begun. */
function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return values.some(Number.isNaN) ? Number.NaN : (sorted[Math.floor(sorted.length * share)] ?? Number.NaN)
}
