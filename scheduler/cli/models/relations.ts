import { Fault } from '../../../contracts/fault.ts'
import type { Catalogue } from '../../../jobs/job.ts'
import { closest } from '../../../models/compiler/closest.ts'
import { exitCodes } from '../../exit-codes.ts'
import type { Site } from '../../site.ts'
import { table } from '../table.ts'
import { checkedModels, say } from './check.ts'

/** Lists what a model may read: every relation with how many columns it has, or the columns of one. */
export async function modelRelations(site: Site, catalogue: Catalogue, named: string | undefined): Promise<number> {
  const { compiled, checked } = await checkedModels(site, catalogue)
  const relations = [...checked.columns.keys()].toSorted()
  if (named === undefined) {
    say(table(relations.map(relation => [relation, String(checked.columns.get(relation)?.length ?? 0)])))
    return exitCodes.ok.code
  }
  const columns = checked.columns.get(named)
  if (columns === undefined) throw unknown(named, relations)
  const said = compiled.models.find(({ relation }) => relation === named)?.header.columns ?? {}
  say(table(columns.map(({ name, type }) => [name, type, said[name]?.doc ?? ''])))
  return exitCodes.ok.code
}

function unknown(named: string, relations: readonly string[]): Fault {
  const near = closest(named, relations)
  const hint = near === undefined ? '`boomerang model relations` lists them.' : `Did you mean ${near}?`
  return new Fault({ what: `there is no relation ${named}`, where: 'the command line', hint, retry: 'never' })
}
