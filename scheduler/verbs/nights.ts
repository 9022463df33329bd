import type { Command } from 'commander'
import type { RunOptions } from '../cli/run.ts'
import { doing, type VerbTerms, verb } from './verb.ts'

/** What does the work of the nights. */
export function addNights(program: Command, terms: VerbTerms): void {
  const { catalogue } = terms
  const does = doing(program, terms)
  verb(program, 'run', 'do the night that is due, or go on with it')
    .option('--json', 'one event a line', false)
    .option('--within <time>', 'for so long, such as 14m; the next run goes on')
    .action((options: RunOptions) =>
      does('run', async office => (await import('../cli/run.ts')).run(office, await catalogue(), options)),
    )
  verb(program, 'plan', 'print what the next run would do, and do nothing').action(() =>
    does('plan', async office => (await import('../cli/plan.ts')).plan(office, await catalogue())),
  )
  verb(program, 'retry <run>', 'go on with a run from what failed')
    .option('--json', 'one event a line', false)
    .action((run: string, options: RunOptions) =>
      does('retry', async office =>
        (await import('../cli/retry.ts')).retry(office, await catalogue(), { run, ...options }),
      ),
    )
  verb(program, 'cancel <run>', 'end a run before it is done').action((run: string) =>
    does('cancel', async office => (await import('../cli/retry.ts')).cancel(office, run)),
  )
}
