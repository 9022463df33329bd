import { readFunctions } from '../../../models/compiler/project-functions.ts'
import { exitCodes } from '../../exit-codes.ts'
import type { Site } from '../../site.ts'
import { table } from '../table.ts'
import { say } from './check.ts'

/** Lists the functions that models may call in every warehouse: those that ship, and the project's own. */
export async function modelFunctions({ project }: Site): Promise<number> {
  const { functions } = await readFunctions(project.root)
  const rows = [...functions].map(([name, { parameters, doc, as }]) => [
    `fn.${name}(${parameters.join(', ')})`,
    `${doc}${as.bigquery === undefined ? '; not in bigquery' : ''}`,
  ])
  say(table(rows))
  return exitCodes.ok.code
}
