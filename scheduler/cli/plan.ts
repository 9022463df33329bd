import type { Catalogue, Step } from '../../jobs/job.ts'
import type { PipelineArgs } from '../../jobs/pipeline.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Office } from '../office.ts'
import { closedEnds, planNight } from '../planner/plan-night.ts'
import { slotAt } from '../planner/slots.ts'
import { minute, table } from './table.ts'

/** Prints the steps of the night that is due, from the same list that `run` does. */
export async function plan({ project, environment, state, outside }: Office, catalogue: Catalogue): Promise<number> {
  const at = slotAt(project.schedule, outside.now())
  const due = await state.read.selectFrom('run').selectAll().where('slot', '=', at).executeTakeFirst()
  if (due !== undefined) {
    const left = await state.read
      .selectFrom('step')
      .select(['id', 'state'])
      .where('run', '=', due.id)
      .where('state', '!=', 'done')
      .orderBy('ordinal')
      .execute()
    process.stdout.write(
      `The night of ${minute(at)} is ${due.state}; ${left.length} steps are left.\n${table(left.map(({ id, state: is }) => [`  ${is}`, id]))}\n`,
    )
    return exitCodes.ok.code
  }
  const steps = await planNight({ project, environment, catalogue, at, ends: await closedEnds(state) })
  process.stdout.write(
    `The night of ${minute(at)}: ${steps.length} steps.\n${table(steps.map(step => [`  ${step.id}`, stepText(step)]))}\n`,
  )
  return exitCodes.ok.code
}

function stepText(step: Step): string {
  const { interval } = step.args as unknown as Partial<PipelineArgs>
  return interval === undefined
    ? step.after.length === 0
      ? ''
      : `after ${step.after.length} steps`
    : `${minute(interval.from)} to ${minute(interval.to)}`
}
