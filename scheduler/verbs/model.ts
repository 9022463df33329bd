import type { Command } from 'commander'
import type { CheckOptions } from '../cli/models/check.ts'
import { atSite, type VerbTerms, verb } from './verb.ts'

/** What analysts do with their models. */
export function addModel(program: Command, terms: VerbTerms): void {
  const model = verb(program, 'model', 'the SQL models of the project')
  verb(model, 'check', 'find every mistake in every model, without a warehouse')
    .option('--json', 'one mistake a line, with its place, for an editor', false)
    .option('--write', 'write the columns as they are into models.lock.json', false)
    .action((options: CheckOptions) =>
      atSite(program, { ...terms, command: 'model check' }, async site =>
        (await import('../cli/models/check.ts')).modelCheck(site, await terms.catalogue(), options),
      ),
    )
  verb(model, 'test [models...]', 'run the unit tests beside the models, without a warehouse').action(
    (models: readonly string[]) =>
      atSite(program, { ...terms, command: 'model test' }, async site =>
        (await import('../cli/models/test.ts')).modelTest(site, await terms.catalogue(), models),
      ),
  )
}
