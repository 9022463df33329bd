import type { Command } from 'commander'
import type { BuildOptions } from '../cli/models/build.ts'
import type { CheckOptions } from '../cli/models/check.ts'
import type { CiOptions } from '../cli/models/ci.ts'
import type { DiffOptions } from '../cli/models/diff.ts'
import type { DocsOptions } from '../cli/models/docs.ts'
import type { FormatOptions } from '../cli/models/format.ts'
import type { ImportOptions } from '../cli/models/import.ts'
import type { NewOptions } from '../cli/models/new.ts'
import type { PlanOptions } from '../cli/models/planned.ts'
import type { ShowOptions } from '../cli/models/show.ts'
import type { Site } from '../site.ts'
import { atSite, doing, type VerbTerms, verb } from './verb.ts'

const choosing = 'models: names, paths, tag:x, +upstream, downstream+, state:changed'

/** What a pull request asks. */
export function addCi(program: Command, terms: VerbTerms): void {
  verb(program, 'ci', 'build what a change makes different beside production, and write a summary for its review')
    .option('--env <name>', 'the place beside production', 'ci')
    .option('--out <file>', 'where the Markdown goes')
    .option('--keep', 'leave what was built', false)
    .action((options: CiOptions) =>
      doing(program, terms)('ci', async office =>
        (await import('../cli/models/ci.ts')).ci(office, await terms.catalogue(), options),
      ),
    )
}

/** What analysts do with their models. */
export function addModel(program: Command, terms: VerbTerms): void {
  const { catalogue } = terms
  const model = verb(program, 'model', 'the SQL models of the project')
  const does = doing(program, terms)
  const looks = (command: string, work: (site: Site) => Promise<number>): Promise<void> =>
    atSite(program, { ...terms, command }, work)
  verb(model, 'new <model>', 'write a model to begin from, and a unit test beside it')
    .option('--kind <kind>', 'view, table, incremental, scd2, seed or external', 'table')
    .action((name: string, options: Omit<NewOptions, 'model'>) =>
      looks('model new', async site =>
        (await import('../cli/models/new.ts')).modelNew(site, { model: name, ...options }),
      ),
    )
  verb(model, 'import <dbt>', 'write the models of a dbt project as models of this one, and list what is left')
    .option('--external <models...>', 'models that dbt goes on building')
    .option('--dry-run', 'write nothing, and print the same', false)
    .action((from: string, options: Omit<ImportOptions, 'from'>) =>
      looks('model import', async site =>
        (await import('../cli/models/import.ts')).modelImport(site, await catalogue(), { from, ...options }),
      ),
    )
  verb(model, 'check', 'find every mistake in every model, without a warehouse')
    .option('--json', 'one mistake a line, with its place, for an editor', false)
    .option('--watch', 'again at each change, until it is stopped', false)
    .option('--write', 'write the columns as they are into models.lock.json', false)
    .action((options: CheckOptions & { readonly watch: boolean }) =>
      looks('model check', async site =>
        options.watch
          ? (await import('../cli/models/watch.ts')).modelWatch(site, await catalogue(), options)
          : (await import('../cli/models/check.ts')).modelCheck(site, await catalogue(), options),
      ),
    )
  verb(model, 'test [models...]', 'run the unit tests beside the models, without a warehouse').action(
    (models: readonly string[]) =>
      looks('model test', async site =>
        (await import('../cli/models/test.ts')).modelTest(site, await catalogue(), models),
      ),
  )
  verb(model, 'plan [models...]', 'print what would be built, why, and whom it breaks')
    .option('--exclude <models...>', 'leave these out')
    .option('--env <name>', 'beside production: only what differs, and what reads that')
    .action((models: readonly string[], options: Omit<PlanOptions, 'terms'>) =>
      does('model plan', async office =>
        (await import('../cli/models/build.ts')).modelPlan(office, await catalogue(), { terms: models, ...options }),
      ),
    )
  verb(model, 'build [models...]', `build ${choosing}`)
    .option('--exclude <models...>', 'leave these out')
    .option('--env <name>', 'beside production: only what differs, and what reads that')
    .option('--from <day>', 'an incremental model once more from this day of UTC')
    .option('--to <day>', 'up to before this day')
    .option('--full-refresh', 'an incremental model anew', false)
    .option('--rows <n>', 'how many rows stand and may go')
    .option('--json', 'one event a line', false)
    .action((models: readonly string[], options: BuildOptions) =>
      does('model build', async office =>
        (await import('../cli/models/build.ts')).modelBuild(office, await catalogue(), { terms: models, ...options }),
      ),
    )
  verb(model, 'show <model>', 'print the first rows that a model, or a part of it, gives')
    .option('--cte <name>', 'of this common table expression')
    .option('--rows <n>', 'how many', '20')
    .option('--json', 'one row a line', false)
    .action((name: string, options: Omit<ShowOptions, 'model'>) =>
      does('model show', async office =>
        (await import('../cli/models/show.ts')).modelShow(office, await catalogue(), { model: name, ...options }),
      ),
    )
  verb(model, 'diff [models...]', 'print how what stands beside production differs from it')
    .requiredOption('--env <name>', 'the place beside production')
    .action((models: readonly string[], options: Omit<DiffOptions, 'terms'>) =>
      does('model diff', async office =>
        (await import('../cli/models/diff.ts')).modelDiff(office, await catalogue(), { terms: models, ...options }),
      ),
    )
  verb(model, 'fmt [models...]', 'write the queries of the models evenly')
    .option('--check', 'write nothing, and fail where one is not even', false)
    .action((models: readonly string[], options: Omit<FormatOptions, 'terms'>) =>
      looks('model fmt', async site =>
        (await import('../cli/models/format.ts')).modelFormat(site, await catalogue(), { terms: models, ...options }),
      ),
    )
  verb(model, 'schema', 'print the JSON Schema of a header, for an editor').action(() =>
    looks('model schema', async () => (await import('../cli/models/schema.ts')).modelSchema()),
  )
  verb(model, 'docs', 'write the documentation of all models as one page')
    .option('--out <file>', 'where to', 'models.html')
    .action((options: DocsOptions) =>
      does('model docs', async office =>
        (await import('../cli/models/docs.ts')).modelDocs(office, await catalogue(), options),
      ),
    )
  verb(model, 'relations [relation]', 'list what a model may read, or the columns of one relation').action(
    (relation: string | undefined) =>
      looks('model relations', async site =>
        (await import('../cli/models/relations.ts')).modelRelations(site, await catalogue(), relation),
      ),
  )
  verb(model, 'functions', 'list the functions that models may call in every warehouse').action(() =>
    looks('model functions', async site => (await import('../cli/models/functions.ts')).modelFunctions(site)),
  )
  verb(model, 'lineage <column>', 'print where a column, or those of a model, come from and who reads them').action(
    (column: string) =>
      looks('model lineage', async site =>
        (await import('../cli/models/lineage.ts')).modelLineage(site, await catalogue(), column),
      ),
  )
}
