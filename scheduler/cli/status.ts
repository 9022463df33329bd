import { exitCodes } from '../exit-codes.ts'
import type { Office } from '../office.ts'
import { nextSlot } from '../planner/slots.ts'
import { minute, minuteOf, table } from './table.ts'

/** How far each pipeline is, from the state store alone: it answers while a run works. */
export async function status({ project, environment, state, outside }: Office): Promise<number> {
  const intervals = await state.read
    .selectFrom('interval')
    .select(eb => ['pipeline', 'connection', 'state', eb.fn.max('to_at').as('to_at')])
    .groupBy(['pipeline', 'connection', 'state'])
    .orderBy('connection')
    .orderBy('pipeline')
    .execute()
  const open = intervals.filter(row => row.state === 'open')
  const closed = intervals.filter(row => row.state === 'closed')
  const last = await state.read.selectFrom('run').selectAll().orderBy('slot', 'desc').executeTakeFirst()
  const now = outside.now()
  const lines = [
    `environment  ${environment.name}${environment.delivers ? ' (delivers)' : ''}`,
    `last run     ${last === undefined ? 'none yet: boomerang run' : `${last.id}, ${last.state}${last.ended_at === null ? '' : `, ended ${minuteOf(last.ended_at)}`}`}`,
    `next night   ${minute(nextSlot(project.schedule, now) ?? '')}`,
    ...(closed.length === 0
      ? []
      : [
          '',
          table([
            ['connection', 'pipeline', 'closed up to'],
            ...closed.map(row => [row.connection, row.pipeline, minute(String(row.to_at))]),
          ]),
        ]),
    ...(open.length === 0
      ? []
      : [
          '',
          'open intervals, not loaded yet:',
          table(open.map(row => [`  ${row.connection}`, row.pipeline, `up to ${minute(String(row.to_at))}`])),
        ]),
    ...(last?.state === 'failed' || last?.state === 'running'
      ? ['', `next         boomerang run        (goes on; boomerang runs ${last.id} shows each step)`]
      : []),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  return exitCodes.ok.code
}
