import { Fault } from '../../../contracts/fault.ts'
import type { Catalogue } from '../../../jobs/job.ts'
import { besideName } from '../../../models/beside.ts'
import { personalColumns } from '../../../models/compiler/personal.ts'
import { loadParser } from '../../../models/compiler/polyglot.ts'
import { selectModels } from '../../../models/compiler/select.ts'
import { diffRelations } from '../../../models/diff.ts'
import type { Model } from '../../../models/model.ts'
import { exitCodes } from '../../exit-codes.ts'
import type { Office } from '../../office.ts'
import { type CheckedModels, checkedModels, say } from './check.ts'
import { diffLines, type ModelDiff } from './diff-lines.ts'

export interface DiffOptions {
  readonly terms: readonly string[]
  readonly env: string
}

/** Prints how what is built beside production differs from it, by key: rows, columns, samples, sums. */
export async function modelDiff(office: Office, catalogue: Catalogue, { terms, env }: DiffOptions): Promise<number> {
  const found = await checkedModels(office, catalogue)
  const diffs = await diffsOf(office, catalogue, { found, models: selectModels(found.compiled.models, { terms }), env })
  if (diffs.length === 0)
    throw new Fault({
      what: `nothing of this is built beside production for ${env}`,
      where: 'the warehouse',
      hint: `\`boomerang model build --env ${env}\` builds what differs.`,
      retry: 'never',
    })
  say(diffs.map(diffLines).join('\n'))
  return exitCodes.ok.code
}

interface Comparing {
  readonly found: CheckedModels
  readonly models: readonly Model[]
  readonly env: string
}

/** Of the models that stand beside production. */
export async function diffsOf(
  { lane }: Office,
  { contracts }: Catalogue,
  { found, models, env }: Comparing,
): Promise<readonly ModelDiff[]> {
  await loadParser()
  const isPersonal = personalColumns({ models: found.compiled.models, contracts, lineage: found.lineage })
  return lane.use(async warehouse => {
    const diffs: ModelDiff[] = []
    for (const model of models) {
      const beside = besideName(model.relation, { name: env })
      const [before, after] = [await warehouse.columns(model.relation), await warehouse.columns(beside)]
      if (after === undefined) continue
      if (before === undefined) diffs.push({ model, why: 'new: it does not stand in production' })
      else
        diffs.push({
          model,
          diff: await diffRelations(warehouse, {
            before: model.relation,
            after: beside,
            key: keyOf(model),
            columns: { before, after },
            isPersonal: column => isPersonal(model, column),
          }),
        })
    }
    return diffs
  })
}

/** Of a history a version is named by when it began, too. */
const keyOf = ({ header: { key = [], kind } }: Model): readonly string[] =>
  kind === 'scd2' ? [...key, 'valid_from'] : key
