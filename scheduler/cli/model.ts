import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../../contracts/fault.ts'
import type { Catalogue } from '../../jobs/job.ts'
import { type Checked, checkModels } from '../../models/compiler/check.ts'
import { closest } from '../../models/compiler/closest.ts'
import { type Compiled, readModels } from '../../models/compiler/compile.ts'
import { mistakeText } from '../../models/compiler/mistake.ts'
import { type Tested, testModels } from '../../models/compiler/test-models.ts'
import type { Model } from '../../models/model.ts'
import { opsRelations } from '../../models/warehouse/ops.ts'
import { rawName } from '../../models/warehouse/raw.ts'
import type { Cells } from '../../models/warehouse/warehouse.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Site } from '../site.ts'
import { counted } from './table.ts'

/** Runs the unit tests beside the models, or beside those that are named; a test that is wrong is no green one. */
export async function modelTest(
  { project, environment }: Site,
  catalogue: Catalogue,
  named: readonly string[],
): Promise<number> {
  const { compiled, checked } = await checkedModels({ project, environment }, catalogue)
  if (checked.mistakes.length > 0) return tellMistakes(project.root, { compiled, checked, json: false })
  const models = chosen(compiled.models, named)
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

/** The models of that name, or of that path; a Fault where there is none. */
function chosen(models: readonly Model[], named: readonly string[]): readonly Model[] {
  if (named.length === 0) return models
  for (const one of named)
    if (!models.some(model => isNamed(model, one))) {
      const near = closest(
        one,
        models.map(({ relation }) => relation),
      )
      throw new Fault({
        what: `there is no model ${one}`,
        where: 'the command line',
        hint: near === undefined ? '`boomerang model check` reads them all.' : `Did you mean ${near}?`,
        retry: 'never',
      })
    }
  return models.filter(model => named.some(one => isNamed(model, one)))
}

const isNamed = ({ relation, name, file }: Model, one: string): boolean => [relation, name, file].includes(one)

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

interface CheckedModels {
  readonly compiled: Compiled
  readonly checked: Checked
}

/** The models of a project, read and prepared. */
export async function checkedModels(
  { project, environment: { variables } }: Pick<Site, 'project' | 'environment'>,
  { contracts }: Catalogue,
): Promise<CheckedModels> {
  const known = [...contracts.map(rawName), ...opsRelations]
  const compiled = await readModels({ root: project.root, known, variables: Object.keys(variables) })
  return { compiled, checked: await checkModels(compiled, { contracts, variables }) }
}

export interface CheckOptions {
  readonly json: boolean
}

/** Finds every mistake in every model, its tests and its conditions, without a warehouse; runs nothing. */
export async function modelCheck(site: Site, catalogue: Catalogue, { json }: CheckOptions): Promise<number> {
  return tellMistakes(site.project.root, { ...(await checkedModels(site, catalogue)), json })
}

/** Prints every mistake with its line, or that there is none. */
export async function tellMistakes(
  root: string,
  { compiled, checked, json }: CheckedModels & CheckOptions,
): Promise<number> {
  const { mistakes, unchecked } = checked
  for (const mistake of mistakes)
    say(json ? JSON.stringify(mistake) : mistakeText(mistake, await textOf(root, mistake.file)))
  if (!json) for (const relation of unchecked) say(`${relation} was not checked: it reads what is wrong.`)
  const right = `${counted(compiled.models.length, 'model')}, no mistake.`
  if (!json) say(mistakes.length === 0 ? right : `${counted(mistakes.length, 'mistake')}; nothing was built.`)
  return mistakes.length === 0 ? exitCodes.ok.code : exitCodes.usage.code
}

const textOf = (root: string, file: string): Promise<string> => readFile(join(root, file), 'utf8').catch(() => '')

const say = (text: string): void => void process.stdout.write(`${text}\n`)
