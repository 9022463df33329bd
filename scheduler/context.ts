import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { destination, pino } from 'pino'
import type { Environment } from '../contracts/connection.ts'
import type { Context, Json, Resume } from '../contracts/context.ts'
import { Fault } from '../contracts/fault.ts'
import { isReference } from './project.ts'

/** No answer at all within this time is a failure, in milliseconds; a body that flows may take as long as it flows. */
const answerMs = 30_000

/** The outside of one process: the only place that reads the clock, the environment, the network and secrets. */
export interface Outside extends Omit<Context, 'resume' | 'signal' | 'sleep' | 'fetch'> {
  fetch(url: string, init: RequestInit | undefined, signal: AbortSignal): Promise<Response>
}

export function outsideOf(root: string, environment: Environment): Outside {
  const secrets = new Set<string>()
  const resolve = (reference: string): string => (isReference(reference) ? readReference(root, reference) : reference)
  const log = logger(join(root, '.boomerang', 'logs'), secrets)
  return {
    now: () => (environment.clock === undefined ? new Date() : new Date(resolve(environment.clock))),
    secret(reference) {
      const value = resolve(reference)
      if (isReference(reference) && value.length >= 8) secrets.add(value)
      return value
    },
    log,
    fetch: fetchAnswer,
  }
}

/** What one step is handed of the outside. */
export const contextOf = (
  outside: Outside,
  { resume, signal }: { readonly resume: Resume; readonly signal: AbortSignal },
): Context => ({
  now: outside.now,
  secret: outside.secret,
  log: outside.log,
  fetch: (url, init) => outside.fetch(url, init, signal),
  sleep: ms => wait(ms, undefined, { signal }),
  resume,
  signal,
})

async function fetchAnswer(url: string, init: RequestInit | undefined, signal: AbortSignal): Promise<Response> {
  const silent = new AbortController()
  const timer = setTimeout(() => silent.abort(), answerMs)
  const given = init?.signal === undefined || init.signal === null ? [] : [init.signal]
  try {
    return await fetch(url, { ...init, signal: AbortSignal.any([signal, silent.signal, ...given]) })
  } catch (error) {
    if (signal.aborted) throw error
    const cause = (error as { cause?: { code?: string; message?: string } }).cause
    throw new Fault({
      what: silent.signal.aborted
        ? `no answer came within ${answerMs / 1000} seconds`
        : `the call failed: ${cause?.code ?? cause?.message ?? (error as Error).message}`,
      where: url.replace(/\?.*$/, ''),
      hint: 'See that the endpoint is right and can be reached; it is tried again.',
      retry: 'later',
      cause: error,
    })
  } finally {
    clearTimeout(timer)
  }
}

function readReference(root: string, reference: string): string {
  const [kind, rest = ''] = reference.split(/:(.*)/s)
  if (kind === 'env') {
    const value = process.env[rest]
    if (value === undefined || value === '') throw unresolved(reference, `the environment variable ${rest} is not set`)
    return value
  }
  const [path = '', key] = rest.split('#')
  const full = isAbsolute(path) ? path : join(root, path)
  if (!existsSync(full)) throw unresolved(reference, `the file ${path} does not exist`)
  const text = readFileSync(full, 'utf8').trim()
  if (key === undefined) return text
  const value = key
    .split('.')
    .reduce<unknown>(
      (here, part) => (typeof here === 'object' && here !== null ? (here as Record<string, unknown>)[part] : undefined),
      JSON.parse(text),
    )
  if (value === undefined || value === null || typeof value === 'object')
    throw unresolved(reference, `${path} has no value ${key}`)
  return String(value)
}

const unresolved = (reference: string, what: string): Fault =>
  new Fault({
    what,
    where: reference,
    hint: 'Set it, or correct the reference in boomerang.config.ts.',
    retry: 'never',
  })

/** JSON lines in a file; whatever has been resolved as a secret is masked wherever it appears. */
function logger(folder: string, secrets: ReadonlySet<string>): Context['log'] {
  let log: ReturnType<typeof pino> | undefined
  const open = (): ReturnType<typeof pino> => {
    mkdirSync(folder, { recursive: true })
    return pino(
      { base: null, timestamp: pino.stdTimeFunctions.isoTime },
      destination({ dest: join(folder, 'boomerang.jsonl'), sync: true }),
    )
  }
  return (event, facts = {}) => {
    log ??= open()
    log.info({ event, ...(mask(facts, secrets) as Readonly<Record<string, Json>>) })
  }
}

export function mask(facts: Json, secrets: ReadonlySet<string>): Json {
  let text = JSON.stringify(facts)
  for (const secret of secrets) text = text.replaceAll(JSON.stringify(secret).slice(1, -1), '•••')
  return JSON.parse(text) as Json
}
