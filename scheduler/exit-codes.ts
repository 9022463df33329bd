import type { Fault } from '../contracts/fault.ts'

/** What the exit code of `boomerang` says. */
export const exitCodes = {
  ok: { code: 0, means: 'done, or nothing to do' },
  failed: { code: 1, means: 'a step failed, or something unforeseen' },
  usage: { code: 2, means: 'the command or the project is wrong; nothing was done' },
  stopped: { code: 3, means: 'a guard stopped it: a reject limit, an audit, a budget' },
  held: { code: 4, means: 'the warehouse or the state is held by another command' },
  interrupted: { code: 130, means: 'interrupted; `boomerang run` goes on where it stopped' },
} as const

export const exitCodeHelp = `\nExit codes:\n${Object.values(exitCodes)
  .map(({ code, means }) => `  ${String(code).padStart(3)}  ${means}`)
  .join('\n')}\n`

/** The exit code of a command that ended with a Fault. */
export function exitCodeOf({ kind, retry }: Fault): number {
  if (kind === 'held') return exitCodes.held.code
  if (kind === 'guard') return exitCodes.stopped.code
  return retry === 'never' ? exitCodes.usage.code : exitCodes.failed.code
}
