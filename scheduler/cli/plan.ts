import type { Catalogue, Step } from '../../jobs/job.ts'
import type { PipelineArgs } from '../../jobs/pipeline.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Office } from '../office.ts'
import { pauseOf } from '../planner/pause.ts'
import { closedEnds, planNight } from '../planner/plan-night.ts'
import { slotAt } from '../planner/slots.ts'
import type { State } from '../state/state.ts'
import { checkedModels, tellMistakes } from './models/check.ts'
import { pausedText } from './schedule.ts'
import { counted, minute, table } from './table.ts'

/** Prints the steps of the night that is due, from the same list that `run` does, and whether it is begun at all; or what is wrong in the models. */
export async function plan({ project, environment, state, outside }: Office, catalogue: Catalogue): Promise<number> {
  const at = slotAt(project.schedule, outside.now())
  const models = await checkedModels({ project, environment }, catalogue)
  if (models.checked.mistakes.length > 0) return tellMistakes(project.root, { ...models, json: false })
  const due = await state.read.selectFrom('run').selectAll().where('slot', '=', at).executeTakeFirst()
  if (due === undefined) {
    const steps = await planNight({ project, environment, catalogue, at, ends: await closedEnds(state) })
    print(`The night of ${minute(at)}Z: ${counted(steps.length, 'step')}.`, steps.map(stepRow))
  } else {
    const left = await undone(state, due.id)
    const last = left.length === 0 ? 'nothing is left' : `${counted(left.length, 'step')} left`
    print(
      `The night of ${minute(at)}Z is ${due.state}; ${last}.`,
      left.map(({ id, state: is }) => [`  ${is}`, id]),
    )
  }
  const paused = await pauseOf(state)
  if (paused !== undefined) process.stdout.write(`${pausedText(paused)}\n`)
  return exitCodes.ok.code
}

const print = (title: string, rows: readonly (readonly string[])[]): void => {
  process.stdout.write(`${[title, ...(rows.length === 0 ? [] : [table(rows)])].join('\n')}\n`)
}

const undone = ({ read }: State, run: string): Promise<readonly { readonly id: string; readonly state: string }[]> =>
  read
    .selectFrom('step')
    .select(['id', 'state'])
    .where('run', '=', run)
    .where('state', '!=', 'done')
    .orderBy('ordinal')
    .execute()

function stepRow(step: Step): readonly string[] {
  const { interval } = step.args as unknown as Partial<PipelineArgs>
  const reach = interval === undefined ? '' : `${minute(interval.from)}Z to ${minute(interval.to)}Z`
  return [`  ${step.id}`, step.after.length === 0 ? '' : `after ${counted(step.after.length, 'step')}`, reach]
}
