import type { Mistake } from '../../../models/compiler/mistake.ts'
import type { PlannedModel } from '../../../models/plan.ts'
import { counted } from '../table.ts'
import { diffLines, isSame, type ModelDiff } from './diff-lines.ts'
import type { TestLines } from './test.ts'

/** What a change does, for who reviews it. */
export interface ChangeReport {
  readonly mistakes: readonly Mistake[]
  readonly planned: readonly PlannedModel[]
  readonly tests: readonly TestLines[]
  readonly failed: readonly { readonly step: string; readonly what: string; readonly hint: string }[]
  readonly diffs: readonly ModelDiff[]
}

/** The report as Markdown: the verdict first, then whom it breaks, then what differs. */
export function changeReport({ mistakes, planned, tests, failed, diffs }: ChangeReport): string {
  const red = tests.filter(({ ok }) => !ok)
  const breaks = planned.flatMap(({ model, breaks: whom }) => whom.map(each => `${model.relation} breaks ${each}`))
  const changed = diffs.filter(each => 'why' in each || !isSame(each.diff))
  const parts = [
    `## Models: ${verdict({ mistakes, planned, red, failed })}`,
    section(
      'Mistakes',
      mistakes.map(({ file, line, what, hint }) => `\`${file}:${line}\` ${what} ${hint}`),
    ),
    section('Breaks', breaks),
    section(
      'Not published, for a promise does not hold',
      failed.map(({ step, what }) => `${step}: ${what}`),
    ),
    section(
      'Unit tests that fail',
      red.map(({ lines }) => lines.join(' ').replaceAll(/\s+/g, ' ')),
    ),
    section(
      'Built',
      planned.map(({ model, reason }) => `${model.relation} (${reason})`),
    ),
    ...(changed.length === 0 ? [] : ['### Against production', `\`\`\`\n${changed.map(diffLines).join('\n')}\n\`\`\``]),
    diffs.length > changed.length
      ? `${counted(diffs.length - changed.length, 'model')} built here and the same as in production.`
      : '',
  ]
  return `${parts.filter(part => part !== '').join('\n\n')}\n`
}

interface Verdict extends Pick<ChangeReport, 'mistakes' | 'planned' | 'failed'> {
  readonly red: readonly TestLines[]
}

function verdict({ mistakes, planned, red, failed }: Verdict): string {
  const wrong = [
    ...(mistakes.length === 0 ? [] : [counted(mistakes.length, 'mistake')]),
    ...(failed.length === 0 ? [] : [`${counted(failed.length, 'model')} not published`]),
    ...(red.length === 0 ? [] : [`${counted(red.length, 'unit test')} failed`]),
  ]
  if (wrong.length > 0) return wrong.join(', ')
  return planned.length === 0 ? 'nothing differs' : `${counted(planned.length, 'model')} changed, every promise holds`
}

const section = (title: string, items: readonly string[]): string =>
  items.length === 0 ? '' : `### ${title}\n${items.map(item => `- ${item}`).join('\n')}`
