import type { Catalogue } from '../../../jobs/job.ts'
import { selectModels } from '../../../models/compiler/select.ts'
import { type Tested, testModels } from '../../../models/compiler/test-models.ts'
import type { Cells } from '../../../models/warehouse/warehouse.ts'
import { exitCodes } from '../../exit-codes.ts'
import type { Site } from '../../site.ts'
import { counted } from '../table.ts'
import { checkedModels, say, tellMistakes } from './check.ts'

/** Runs the unit tests beside the models, or beside those that are named; a test that is wrong is no green one. */
export async function modelTest(
  { project, environment }: Site,
  catalogue: Catalogue,
  named: readonly string[],
): Promise<number> {
  const { compiled, checked } = await checkedModels({ project, environment }, catalogue)
  if (checked.mistakes.length > 0) return tellMistakes(project.root, { compiled, checked, json: false })
  const models = selectModels(compiled.models, { terms: named })
  const counts = { ok: 0, wrong: 0 }
  for await (const tested of testModels({
    root: project.root,
    models,
    contracts: catalogue.contracts,
    columns: checked.columns,
    variables: environment.variables,
  })) {
    const lines = testedLines(tested)
    counts[lines.length === 1 && lines[0]?.startsWith('ok') === true ? 'ok' : 'wrong'] += 1
    say(lines.join('\n'))
  }
  if (counts.ok + counts.wrong === 0) say('No unit test: they stand beside a model, in <name>.test.yaml.')
  else say(`${counted(counts.ok, 'unit test')} passed, ${counts.wrong} failed.`)
  return counts.wrong === 0 ? exitCodes.ok.code : exitCodes.failed.code
}

function testedLines(tested: Tested): readonly string[] {
  const title = `${tested.model.relation}  ${tested.test?.name ?? ''}`.trimEnd()
  if ('fault' in tested) {
    const { what, where, hint } = tested.fault
    return [`wrong   ${title}`, `  ${where} ${what}`, `  ${hint}`]
  }
  const { missing, unexpected } = tested.result
  if (missing.length + unexpected.length === 0) return [`ok      ${title}`]
  return [
    `failed  ${title}  (${tested.test.file}:${tested.test.line})`,
    ...missing.map(row => `  missing     ${rowText(row)}`),
    ...unexpected.map(row => `  unexpected  ${rowText(row)}`),
  ]
}

const rowText = (row: Cells): string =>
  Object.entries(row)
    .map(([column, value]) => `${column}: ${value}`)
    .join(', ')
