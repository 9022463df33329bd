import { Command, CommanderError } from 'commander'
import { type Fault, toFault } from '../contracts/fault.ts'
import type { Catalogue } from '../jobs/job.ts'
import { exitCodeHelp, exitCodeOf, exitCodes } from './exit-codes.ts'
import type { Office } from './office.ts'

export interface MainTerms {
  /** The folder of the project. */
  readonly root: string
  /** Called only by the commands that need it. */
  readonly catalogue: () => Promise<Catalogue>
  readonly argv: readonly string[]
  /** Adds commands of the project's own; called only when none of the house's is meant. */
  readonly extend?: (program: Command, more: { readonly root: string }) => Promise<void>
}

/** The command line of a project. Gives the exit code; a person never sees a stack trace, unless they ask for it with --debug. */
export async function main(terms: MainTerms): Promise<number> {
  const program = new Command('boomerang')
    .description('Extracts commerce data, checks every record, loads, models, reconciles, and pushes scores back.')
    .option('--environment <name>', 'the environment to work in (default: the one that delivers)')
    .option('--debug', 'print the stack of an unforeseen error')
    .addHelpText('after', exitCodeHelp)
    .exitOverride()
    .configureOutput({ writeErr: text => void process.stderr.write(text) })
  let code: number = exitCodes.ok.code
  const settle = (result: number): void => {
    code = result
  }
  addVerbs(program, terms, settle)
  const own = new Set(program.commands.map(command => command.name()))
  if (terms.extend !== undefined && !terms.argv.some(word => own.has(word)))
    await terms.extend(program, { root: terms.root })
  try {
    await program.parseAsync([...terms.argv], { from: 'user' })
    return code === exitCodes.ok.code ? Number(process.exitCode ?? 0) : code
  } catch (error) {
    return told(error, program.opts().debug === true)
  }
}

function told(error: unknown, debug: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok.code : exitCodes.usage.code
  const fault = toFault(error, 'boomerang')
  process.stderr.write(`${faultText(fault)}\n`)
  if (debug) process.stderr.write(`${(error as Error).stack ?? ''}\n`)
  return exitCodeOf(fault)
}

/** What, where, what to do next, and whether trying again helps. */
export const faultText = ({ what, where, hint, retry }: Fault): string =>
  `${what}\n  where  ${where}\n  next   ${hint}\n  again  ${{ now: 'trying again helps', later: 'trying again later may help', never: 'trying again does not help until this is mended' }[retry]}`

function addVerbs(program: Command, { root, catalogue }: MainTerms, settle: (code: number) => void): void {
  const office = async (command: string): Promise<Office> => {
    const { openOffice } = await import('./office.ts')
    const { environment } = program.opts<{ environment?: string }>()
    return openOffice({ root, command, ...(environment === undefined ? {} : { environment }) })
  }
  const inOffice = async (command: string, work: (office: Office) => Promise<number>): Promise<void> => {
    const opened = await office(command)
    try {
      settle(await work(opened))
    } finally {
      await opened.close()
    }
  }
  program
    .command('run')
    .description('do the night that is due, or go on with it')
    .option('--json', 'one event a line', false)
    .action(({ json }: { json: boolean }) =>
      inOffice('run', async opened => (await import('./cli/run.ts')).run(opened, await catalogue(), { json })),
    )
  program
    .command('plan')
    .description('print what the next run would do, and do nothing')
    .action(() => inOffice('plan', async opened => (await import('./cli/plan.ts')).plan(opened, await catalogue())))
  program
    .command('status')
    .description('how far each pipeline is, and how the last run went')
    .action(() => inOffice('status', async opened => (await import('./cli/status.ts')).status(opened)))
  program
    .command('runs [run]')
    .description('list the runs, or the steps of one')
    .action((run: string | undefined) =>
      inOffice('runs', async opened => (await import('./cli/runs.ts')).runs(opened, run)),
    )
  program
    .command('rejects')
    .description('list what was not loaded, and why')
    .option('--contract <name>', 'of one contract')
    .option('--connection <name>', 'of one connection')
    .option('--limit <n>', 'at most so many', '50')
    .option('--json', 'one reject a line', false)
    .action((options: { contract?: string; connection?: string; limit: string; json: boolean }) =>
      inOffice('rejects', async opened => (await import('./cli/rejects.ts')).rejects(opened, options)),
    )
  program
    .command('trace <id>')
    .description("follow one order or customer from the storefront to the sink's acknowledgment")
    .action((id: string) =>
      inOffice(`trace ${id}`, async opened => (await import('./cli/trace.ts')).traceRecord(opened, id)),
    )
  program
    .command('doctor')
    .description('look at everything that a night needs')
    .action(() =>
      inOffice('doctor', async opened => (await import('./cli/doctor.ts')).doctor(opened, await catalogue())),
    )
}
