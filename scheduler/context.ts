import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Connection, Environment } from '../contracts/connection.ts'
import type { Context, Resume } from '../contracts/context.ts'
import { Fault } from '../contracts/fault.ts'
import { fetchAnswer, patience } from './answer.ts'
import { type Log, type Logs, logsIn, maskedFault } from './log.ts'
import { isReference, referenceReader } from './reference.ts'

/** The outside of one process: the only place that reads the clock, the environment, the network and secrets. */
export interface Outside {
  readonly now: Context['now']
  /** What a reference points at is masked from then on, unless the project names it as an endpoint or an account. */
  readonly secret: Context['secret']
  readonly hide: Context['hide']
  readonly logs: Logs
  /** Takes out of a Fault whatever has been resolved as a secret. */
  readonly masked: (fault: Fault) => Fault
}

/** What is shorter cannot be told from ordinary text, and is not masked. */
const shortestSecret = 8

export function outsideOf(
  root: string,
  { clock, connections, bucket }: Pick<Environment, 'clock' | 'connections' | 'bucket'>,
): Outside {
  const secrets = new Set<string>()
  const told = new Set([
    ...connections.flatMap(({ endpoint, account }: Connection) => [endpoint, account]),
    ...(bucket === undefined ? [] : [bucket.address]),
  ])
  const read = referenceReader(root)
  const resolved = (text: string, fresh = false): string => (isReference(text) ? read(text, fresh) : text)
  const hide = (value: string): void => {
    if (value.length >= shortestSecret) secrets.add(value)
  }
  return {
    now: () => (clock === undefined ? new Date() : readClock(clock, resolved(clock))),
    secret(text, fresh) {
      const value = resolved(text, fresh)
      if (isReference(text) && !told.has(text)) hide(value)
      return value
    },
    hide,
    logs: logsIn(join(root, '.boomerang', 'logs'), secrets),
    masked: fault => maskedFault(fault, secrets),
  }
}

function readClock(reference: string, text: string): Date {
  const now = new Date(text)
  if (!Number.isNaN(now.getTime()) && text.endsWith('Z')) return now
  throw new Fault({
    what: 'the clock of the environment does not hold a UTC instant such as 2026-06-30T02:00:00Z',
    where: reference,
    hint: 'Correct what the reference points at, or leave the clock out to use the machine’s.',
    retry: 'never',
  })
}

export interface ContextTerms {
  readonly resume: Resume
  readonly signal: AbortSignal
  readonly log: Log
}

/** What one step is handed of the outside. */
export const contextOf = (outside: Outside, { resume, signal, log }: ContextTerms): Context => ({
  now: outside.now,
  secret: outside.secret,
  hide: outside.hide,
  log,
  fetch: (url, init = {}) => {
    const given = init.signal === undefined || init.signal === null ? [] : [init.signal]
    return fetchAnswer(url, { ...init, signal: AbortSignal.any([signal, ...given]) }, patience)
  },
  sleep: ms => wait(ms, undefined, { signal }),
  resume,
  signal,
})
