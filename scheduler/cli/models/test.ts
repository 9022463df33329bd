import type { Catalogue } from '../../../jobs/job.ts'
import type { Compiled } from '../../../models/compiler/compile.ts'
import { selectModels } from '../../../models/compiler/select.ts'
import { type FunctionTested, testFunction } from '../../../models/compiler/test-functions.ts'
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
  const isOfFunction = (term: string): boolean => term.startsWith('fn.')
  const terms = named.filter(term => !isOfFunction(term))
  const models = named.length > 0 && terms.length === 0 ? [] : selectModels(compiled.models, { terms })
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
  for await (const tested of functionTests(compiled, named)) {
    counts[tested.found === 'ok' ? 'ok' : 'wrong'] += 1
    say(functionLine(tested))
  }
  if (counts.ok + counts.wrong === 0) say('No unit test: they stand beside a model, in <name>.test.yaml.')
  else say(`${counted(counts.ok, 'unit test')} passed, ${counts.wrong} failed.`)
  return counts.wrong === 0 ? exitCodes.ok.code : exitCodes.failed.code
}

/** Those of the functions that are named; of all where nothing is. */
async function* functionTests(
  { functions, functionTests: all }: Compiled,
  named: readonly string[],
): AsyncGenerator<FunctionTested> {
  const tests = all.filter(test => named.length === 0 || named.includes(`fn.${test.function}`))
  if (tests.length === 0) return
  const { openDuckdb } = await import('../../../models/warehouse/duckdb/duckdb.ts')
  const engine = await openDuckdb(':memory:')
  try {
    for (const test of tests) yield await testFunction(engine.local, functions, test)
  } finally {
    await engine.close()
  }
}

const functionLine = (tested: FunctionTested): string =>
  tested.found === 'ok'
    ? `ok      fn.${tested.test.function}  ${tested.test.name}`
    : `${tested.found.padEnd(6)}  fn.${tested.test.function}  ${tested.test.name}  (${tested.test.file}:${tested.test.line})\n  ${tested.test.call} ${tested.why}`

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
