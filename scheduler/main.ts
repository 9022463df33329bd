import { Command, CommanderError } from 'commander'
import { type Fault, toFault } from '../contracts/fault.ts'
import type { Catalogue } from '../jobs/job.ts'
import { declared } from './declared.ts'
import { exitCodeHelp, exitCodeOf, exitCodes } from './exit-codes.ts'
import { addVerbs } from './verbs.ts'

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
  leaveQuietlyWhenNobodyReads(process.stdout)
  const program = new Command('boomerang')
    .description('Extracts commerce data, checks every record, loads, models, reconciles, and pushes scores back.')
    .option('--environment <name>', 'the environment to work in (default: the one that delivers)')
    .option('--debug', 'print the stack of an unforeseen error')
    .addHelpText('after', exitCodeHelp)
    .exitOverride()
  let code: number = exitCodes.ok.code
  const settle = (result: number): void => {
    code = result
  }
  addVerbs(program, { ...terms, catalogue: () => declared(terms.root, terms.catalogue), settle })
  try {
    await extended(program, terms)
    await program.parseAsync([...terms.argv], { from: 'user' })
    return code === exitCodes.ok.code ? Number(process.exitCode ?? 0) : code
  } catch (error) {
    return told(error, terms.argv.includes('--debug'))
  }
}

async function extended(program: Command, { extend, argv, root }: MainTerms): Promise<void> {
  const own = new Set(program.commands.map(command => command.name()))
  if (extend !== undefined && !argv.some(word => own.has(word))) await extend(program, { root })
}

/** `boomerang runs | head` is no error. */
function leaveQuietlyWhenNobodyReads(out: NodeJS.WriteStream): void {
  out.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.ok.code)
    throw error
  })
}

function told(error: unknown, debug: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok.code : exitCodes.usage.code
  const fault = toFault(error, 'boomerang')
  process.stderr.write(`${faultText(fault)}\n`)
  if (debug) process.stderr.write(`${stackOf(error)}\n`)
  return exitCodeOf(fault)
}

const stackOf = (error: unknown): string => {
  if (!(error instanceof Error)) return ''
  return [error.stack ?? '', ...(error.cause === undefined ? [] : [`caused by ${stackOf(error.cause)}`])].join('\n')
}

const again: Readonly<Record<Fault['retry'], string>> = {
  now: 'trying again helps',
  later: 'trying again later may help',
  never: 'trying again does not help until this is mended',
}

/** What, where, what to do next, and whether trying again helps. */
export const faultText = ({ what, where, hint, retry }: Fault): string =>
  `${what}\n  where  ${where}\n  next   ${hint}\n  again  ${again[retry]}`
