import type { Backfill } from '../../../models/backfill.ts'
import type { ColumnChange, PlannedModel } from '../../../models/plan.ts'
import { counted, groupedDigits, minute, table } from '../table.ts'
import { type PlannedModels, placeOf } from './planned.ts'

/** A plan as a person reads it: a line a model, and below it what comes, what goes and whom that breaks. */
export function planLines({ planned, beside }: PlannedModels): readonly string[] {
  const title = `${counted(planned.length, 'model')}${beside === undefined ? '' : ` beside production, for ${beside.name}; all else is read from production`}.`
  const rows = planned.map(({ model, reason, rows: standing }) => [
    `  ${placeOf(model, beside)}`,
    model.header.kind,
    reason,
    standing === null ? '' : standing === 1n ? '1 row stands' : `${groupedDigits(String(standing))} rows stand`,
  ])
  const lines = rows.length === 0 ? [] : table(rows).split('\n')
  return [title, ...planned.flatMap((each, index) => [lines[index] ?? '', ...beneath(each)])]
}

const beneath = ({ columns, breaks, backfill }: PlannedModel): readonly string[] => [
  ...(backfill === undefined ? [] : backfillLines(backfill)),
  ...columns.map(change => `      ${columnText(change)}`),
  ...breaks.map(reader => `      breaks ${reader}`),
]

function backfillLines({ anew, ranges }: Backfill): readonly string[] {
  if (ranges.length === 0) return ['      up to date: nothing is to be built']
  return ranges.map(({ from, to }) => `      ${anew ? 'anew ' : ''}from ${minute(from)}Z up to ${minute(to)}Z`)
}

function columnText({ column, change, from, to }: ColumnChange): string {
  if (change === 'retyped') return `${column} was ${from} and becomes ${to}`
  return change === 'added' ? `+ ${column} ${to}` : `- ${column}`
}
