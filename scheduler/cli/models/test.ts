import type { Catalogue } from '../../../jobs/job.ts'
import type { Compiled } from '../../../models/compiler/compile.ts'
import { selectModels } from '../../../models/compiler/select.ts'
import { type FunctionTested, testFunction } from '../../../models/compiler/test-functions.ts'
import { type Tested, testModels } from '../../../models/compiler/test-models.ts'
import type { Model } from '../../../models/model.ts'
import type { Cells } from '../../../models/warehouse/warehouse.ts'
import { exitCodes } from '../../exit-codes.ts'
import type { Site } from '../../site.ts'
import { counted } from '../table.ts'
import { type CheckedModels, checkedModels, say, tellMistakes } from './check.ts'

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
  const results = [
    ...(await runTests({ project, environment }, catalogue, { found: { compiled, checked }, models })),
    ...(await functionTests(compiled, named)),
  ]
  for (const { lines } of results) say(lines.join('\n'))
  const failed = results.filter(({ ok }) => !ok).length
  if (results.length === 0) say('No unit test: they stand beside a model, in <name>.test.yaml.')
  else say(`${counted(results.length - failed, 'unit test')} passed, ${failed} failed.`)
  return failed === 0 ? exitCodes.ok.code : exitCodes.failed.code
}

export interface TestLines {
  readonly ok: boolean
  readonly lines: readonly string[]
}

interface Testing {
  readonly found: Pick<CheckedModels, 'compiled' | 'checked'>
  readonly models: readonly Model[]
}

/** Runs the unit tests beside some models. */
export async function runTests(
  { project, environment }: Pick<Site, 'project' | 'environment'>,
  { contracts }: Catalogue,
  { found, models }: Testing,
): Promise<readonly TestLines[]> {
  const { columns } = found.checked
  const { variables } = environment
  const results: TestLines[] = []
  for await (const tested of testModels({ root: project.root, models, contracts, columns, variables })) {
    const lines = testedLines(tested)
    results.push({ ok: lines[0]?.startsWith('ok') === true, lines })
  }
  return results
}

/** Those of the functions that are named; of all where nothing is. */
async function functionTests(
  { functions, functionTests: all }: Compiled,
  named: readonly string[],
): Promise<readonly TestLines[]> {
  const tests = all.filter(test => named.length === 0 || named.includes(`fn.${test.function}`))
  if (tests.length === 0) return []
  const { openDuckdb } = await import('../../../models/warehouse/duckdb/duckdb.ts')
  const engine = await openDuckdb(':memory:')
  try {
    const results: TestLines[] = []
    for (const test of tests) results.push(functionLines(await testFunction(engine.local, functions, test)))
    return results
  } finally {
    await engine.close()
  }
}

function functionLines(tested: FunctionTested): TestLines {
  const { test, found } = tested
  const title = `${found.padEnd(6)}  fn.${test.function}  ${test.name}`
  if (tested.found === 'ok') return { ok: true, lines: [title] }
  return { ok: false, lines: [`${title}  (${test.file}:${test.line})`, `  ${test.call} ${tested.why}`] }
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
