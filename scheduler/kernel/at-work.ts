import { randomUUID } from 'node:crypto'
import type { State, StateTables } from '../state/state.ts'
import { leaseMs } from './claim.ts'
import { type Holder, isDead, thisProcess } from './holder.ts'

const everyRun = '*'

/**
 * Says that this process does the steps of a run, or of all runs but streams where it is absent, until what it gives is called. Who is at work holds up
 * whatever would change the house under it, also between two steps.
 */
export async function sayAtWork(state: State, run = everyRun): Promise<() => Promise<void>> {
  const name = `work ${run} ${randomUUID().slice(0, 8)}`
  const holder = JSON.stringify(thisProcess())
  const say = async (): Promise<void> => {
    const now = await state.now()
    const until = now + leaseMs
    await state.write(tables =>
      tables
        .insertInto('lease')
        .values({ name, holder, command: 'work', since: now, until })
        .onConflict(conflict => conflict.column('name').doUpdateSet({ until }))
        .execute(),
    )
  }
  await forgetGone(state)
  await say()
  const beat = setInterval(() => void say().catch(() => undefined), leaseMs / 3)
  beat.unref()
  return async () => {
    clearInterval(beat)
    await state.write(tables => tables.deleteFrom('lease').where('name', '=', name).execute()).catch(() => undefined)
  }
}

/** What killed processes said is taken away by whoever comes next. */
async function forgetGone(state: State): Promise<void> {
  const now = await state.now()
  await state.write(tables =>
    tables.deleteFrom('lease').where('name', 'like', 'work %').where('until', '<=', now).execute(),
  )
}

type OfRun = Pick<StateTables['step'], 'run'> & Pick<StateTables['run'], 'kind'>

/** Tells of a step whether a living process does the steps of its run. A stream is worked on only by name. */
export async function whoIsAtWork({ read }: State, now: number): Promise<(step: OfRun) => boolean> {
  const rows = await read
    .selectFrom('lease')
    .select(['name', 'holder'])
    .where('name', 'like', 'work %')
    .where('until', '>', now)
    .execute()
  const runs = new Set(
    rows.filter(({ holder }) => !isDead(JSON.parse(holder) as Holder)).map(({ name }) => name.split(' ')[1]),
  )
  return ({ run, kind }) => runs.has(run) || (kind !== 'stream' && runs.has(everyRun))
}
