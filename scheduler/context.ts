import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Environment } from '../contracts/connection.ts'
import type { Context, Resume } from '../contracts/context.ts'
import { Fault } from '../contracts/fault.ts'
import { fetchAnswer, patience } from './answer.ts'
import { type Log, type Logs, logsIn, maskedFault } from './log.ts'
import { isReference, referenceReader } from './reference.ts'
import type { Traces } from './telemetry/traces.ts'

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

export interface OutsideTerms {
  /** A reference to the instant that stands for the clock; the machine's where it is absent. */
  readonly clock?: string | undefined
  /** References whose values are no secret: a person must be able to read where something went wrong. */
  readonly open: readonly string[]
}

export function outsideOf(root: string, { clock, open }: OutsideTerms): Outside {
  const secrets = new Set<string>()
  const read = referenceReader(root)
  const resolved = (text: string, fresh = false): string => (isReference(text) ? read(text, fresh) : text)
  const hide = (value: string): void => {
    if (value.length >= shortestSecret) secrets.add(value)
  }
  return {
    now: () => (clock === undefined ? new Date() : readClock(clock, resolved(clock))),
    secret(text, fresh) {
      const value = resolved(text, fresh)
      if (isReference(text) && !open.includes(text)) hide(value)
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
  readonly traces: Pick<Traces, 'request'>
}

/** What one step is handed of the outside. */
export const contextOf = (outside: Outside, { resume, signal, log, traces }: ContextTerms): Context => ({
  now: outside.now,
  secret: outside.secret,
  hide: outside.hide,
  log,
  fetch: (url, init = {}) => {
    const given = init.signal === undefined || init.signal === null ? [] : [init.signal]
    return traces.request({ method: init.method ?? 'GET', url }, () =>
      fetchAnswer(url, { ...init, signal: AbortSignal.any([signal, ...given]) }, patience),
    )
  },
  sleep: ms => wait(ms, undefined, { signal }),
  resume,
  signal,
})

/** The references of an environment that name places, and no secret. */
export const openReferences = ({ connections, bucket, state, redis, traces }: Environment): readonly string[] => [
  ...connections.flatMap(({ endpoint, account }) => [endpoint, account]),
  ...(bucket === undefined ? [] : [bucket.address]),
  state.address,
  ...(redis === undefined ? [] : [redis.address]),
  ...(traces === undefined ? [] : [traces.address]),
]
