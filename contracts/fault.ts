/** Whether doing the same thing again can help: at once, after a wait, or only once a person has changed something. */
export type Retry = 'now' | 'later' | 'never'

export type FaultKind = 'guard' | 'held' | 'memory'

export interface FaultFacts {
  /** What went wrong, in one sentence, with the value that was found and what was allowed. */
  readonly what: string
  /** Where: a file, a connection, a column, a line. */
  readonly where: string
  /** The next thing a person should do. */
  readonly hint: string
  readonly retry: Retry
  /** `guard`: one of the house's own guards said no. `held`: another command is using what is needed. `memory`: it did not fit. */
  readonly kind?: FaultKind
  /** The earliest useful time to try again, in milliseconds from now, when the outside said so. */
  readonly waitMs?: number
  readonly cause?: unknown
}

/** The only error that boomerang shows to a person: what, where, what to do next, and whether trying again helps. */
export class Fault extends Error {
  readonly what: string
  readonly where: string
  readonly hint: string
  readonly retry: Retry
  readonly waitMs: number | undefined
  readonly kind: FaultKind | undefined

  constructor(facts: FaultFacts) {
    super(`${facts.what} (${facts.where})`, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = 'Fault'
    this.what = facts.what
    this.where = facts.where
    this.hint = facts.hint
    this.retry = facts.retry
    this.waitMs = facts.waitMs
    this.kind = facts.kind
  }
}

/** Any thrown value as a Fault; what was not foreseen is said to be so and keeps its cause. */
export function toFault(error: unknown, where: string): Fault {
  if (error instanceof Fault) return error
  const message = error instanceof Error ? error.message : String(error)
  return (
    diskFault(error, where) ??
    new Fault({
      what: message === '' ? 'an unforeseen error without a message' : message,
      where,
      hint: 'This was not foreseen. Run the command again with --debug and report what it prints.',
      retry: 'later',
      cause: error,
    })
  )
}

/** What a file system says of itself, where a person can mend it. */
function diskFault(error: unknown, where: string): Fault | undefined {
  const { code = '', path, syscall } = (error ?? {}) as NodeJS.ErrnoException
  const said = onDisk.get(code)
  if (said === undefined || (path === undefined && syscall !== 'write')) return undefined
  const [what, hint] = said
  return new Fault({ what: `${what} (${code})`, where: path ?? where, hint, retry: 'later', cause: error })
}

type Said = readonly [what: string, hint: string]
const full: Said = ['the disk is full', 'Make room on it, and run again: what has begun is gone on with.']
const closed: Said = ['it may not be read or written', 'Give this user the right to it, or name another path.']
const inTheWay: Said = [
  'a file and a folder are taken for each other',
  'Correct the path, or move away what lies there.',
]
const tooMany: Said = ['too many files are open at once', 'Raise the limit of this user (`ulimit -n`).']
const onDisk: ReadonlyMap<string, Said> = new Map([
  ...['ENOSPC', 'EDQUOT', 'EFBIG'].map((code): [string, Said] => [code, full]),
  ...['EACCES', 'EPERM', 'EROFS'].map((code): [string, Said] => [code, closed]),
  ...['ENOTDIR', 'EISDIR', 'EEXIST'].map((code): [string, Said] => [code, inTheWay]),
  ...['EMFILE', 'ENFILE'].map((code): [string, Said] => [code, tooMany]),
])
