import type { Command } from 'commander'
import type { BackfillOptions } from '../cli/backfill.ts'
import type { RunOptions } from '../cli/run.ts'
import { doing, type VerbTerms, verb } from './verb.ts'

/** What is asked for, or loaded, once more. */
export function addPast(program: Command, terms: VerbTerms): void {
  const { catalogue } = terms
  const does = doing(program, terms)
  verb(program, 'replay <pipeline> <connection> [day]', 'load again what was delivered, without asking the source')
    .addHelpText(
      'after',
      '\nA pipeline is one of those that `boomerang status` lists; a day is one of UTC such as 2026-06-30.',
    )
    .option('--json', 'one event a line', false)
    .action((pipeline: string, connection: string, day: string | undefined, options: RunOptions) =>
      does('replay', async office =>
        (await import('../cli/replay.ts')).replay(office, await catalogue(), {
          pipeline,
          connection,
          ...(day === undefined ? {} : { day }),
          ...options,
        }),
      ),
    )
  verb(program, 'backfill <pipeline>', 'ask the source once more for days of the past, behind everything else')
    .addHelpText(
      'after',
      '\nDays are local days of each connection. Where the same has been begun and is not done, it goes on.',
    )
    .requiredOption('--from <day>', 'the first day, such as 2026-06-01')
    .requiredOption('--to <day>', 'the first day that is not asked for')
    .option('--connection <name>', 'of one connection')
    .option('--newest-first', 'begin with the last day', false)
    .option('--dry-run', 'print the exact intervals, and do nothing', false)
    .option('--json', 'one event a line', false)
    .action((pipeline: string, options: Omit<BackfillOptions, 'pipeline'>) =>
      does('backfill', async office =>
        (await import('../cli/backfill.ts')).backfill(office, await catalogue(), { pipeline, ...options }),
      ),
    )
}
