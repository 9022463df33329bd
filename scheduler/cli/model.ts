import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tableOf } from '../../contracts/contract.ts'
import type { Catalogue } from '../../jobs/job.ts'
import { checkModels, mistakeText } from '../../models/compiler/check.ts'
import { readModels } from '../../models/compiler/compile.ts'
import { opsRelations } from '../../models/warehouse/ops.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Site } from '../site.ts'
import { counted } from './table.ts'

export interface CheckOptions {
  readonly json: boolean
}

/** Finds every mistake in every model, its tests and its conditions, without a warehouse; runs nothing. */
export async function modelCheck({ project }: Site, catalogue: Catalogue, { json }: CheckOptions): Promise<number> {
  const raw = catalogue.contracts.map(contract => `raw.${tableOf(contract)}`)
  const compiled = await readModels(project.root, [...raw, ...opsRelations])
  const { mistakes, unchecked } = await checkModels(compiled, catalogue.contracts)
  for (const mistake of mistakes)
    say(json ? JSON.stringify(mistake) : mistakeText(mistake, await textOf(project.root, mistake.file)))
  if (!json) for (const relation of unchecked) say(`${relation} was not checked: it reads what is wrong.`)
  if (!json)
    say(
      mistakes.length === 0
        ? `${counted(compiled.models.length, 'model')}, no mistake.`
        : `${counted(mistakes.length, 'mistake')}; nothing was built.`,
    )
  return mistakes.length === 0 ? exitCodes.ok.code : exitCodes.usage.code
}

const textOf = (root: string, file: string): Promise<string> => readFile(join(root, file), 'utf8').catch(() => '')

const say = (text: string): void => void process.stdout.write(`${text}\n`)
