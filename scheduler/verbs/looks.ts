import type { Command } from 'commander'
import type { FindingsOptions } from '../cli/findings.ts'
import type { RejectsOptions } from '../cli/rejects.ts'
import type { StatusOptions } from '../cli/status.ts'
import { atSite, doing, type VerbTerms, verb } from './verb.ts'

/** What only looks. */
export function addLooks(program: Command, terms: VerbTerms): void {
  const { catalogue } = terms
  const does = doing(program, terms)
  verb(program, 'status', 'how far each pipeline is, and how the last run went')
    .option('--why', 'for each step that is not done, what it waits for, or why it failed and what to type', false)
    .action((options: StatusOptions) =>
      does('status', async office => (await import('../cli/status.ts')).status(office, options)),
    )
  verb(program, 'runs [run]', 'list the runs, or the steps of one').action((run: string | undefined) =>
    does('runs', async office => (await import('../cli/runs.ts')).runs(office, run)),
  )
  verb(program, 'rejects', 'list what was not loaded, and why')
    .option('--contract <name>', 'of one contract')
    .option('--connection <name>', 'of one connection')
    .option('--limit <n>', 'at most so many', '50')
    .option('--json', 'one reject a line', false)
    .action((options: RejectsOptions) =>
      does('rejects', async office => (await import('../cli/rejects.ts')).rejects(office, await catalogue(), options)),
    )
  verb(program, 'findings', 'list what the checks found and is not resolved')
    .option('--check <name>', 'of one check')
    .option('--connection <name>', 'of one connection')
    .option('--limit <n>', 'at most so many', '50')
    .action((options: FindingsOptions) =>
      does('findings', async office =>
        (await import('../cli/findings.ts')).findings(office, await catalogue(), options),
      ),
    )
  verb(
    program,
    'trace <id>',
    'follow one order or customer from the storefront to the sink that acknowledged it',
  ).action((id: string) => does('trace', async office => (await import('../cli/trace.ts')).traceRecord(office, id)))
  verb(program, 'doctor', 'look at everything that a night needs').action(() =>
    atSite(program, { ...terms, command: 'doctor' }, async site =>
      (await import('../cli/doctor.ts')).doctor(site, await catalogue()),
    ),
  )
}
