import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { destination, pino } from 'pino'
import type { Context, Json } from '../contracts/context.ts'
import { Fault } from '../contracts/fault.ts'

export type Log = Context['log']

export interface Logs {
  /** JSON lines in a file of that name; the facts stand on every line. */
  to(name: string, facts?: Readonly<Record<string, Json>>): Log
  close(): void
}

const mark = '•••'

/** Logs in a folder, made when the first line is written. `secrets` are masked wherever they appear, also those that come later. */
export function logsIn(folder: string, secrets: ReadonlySet<string>): Logs {
  const open = new Map<string, ReturnType<typeof destination>>()
  const fileOf = (name: string): ReturnType<typeof destination> => {
    const standing = open.get(name)
    if (standing !== undefined) return standing
    mkdirSync(folder, { recursive: true })
    const fresh = destination({ dest: join(folder, `${name}.jsonl`), sync: true })
    open.set(name, fresh)
    return fresh
  }
  return {
    to(name, bound = {}) {
      let log: ReturnType<typeof pino> | undefined
      return (event, facts = {}) => {
        log ??= pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, fileOf(name))
        log.info(masked({ ...bound, event, ...facts }, secrets))
      }
    },
    close() {
      for (const file of open.values()) file.end()
      open.clear()
    },
  }
}

/** The same value with every secret in its texts, and in its keys, replaced. */
export function masked<T extends Json>(value: T, secrets: ReadonlySet<string>): T {
  if (secrets.size === 0) return value
  let text = JSON.stringify(value)
  for (const secret of secrets) text = text.replaceAll(JSON.stringify(secret).slice(1, -1), mark)
  return JSON.parse(text) as T
}

/** A Fault as a person or a file may see it. Where anything in it or behind it holds a secret, its cause goes. */
export function maskedFault(fault: Fault, secrets: ReadonlySet<string>): Fault {
  const { what, where, hint, retry, kind, waitMs } = fault
  const told = masked({ what, where, hint }, secrets)
  const whole = chainOf(fault)
  if (masked(whole, secrets) === whole) return fault
  return new Fault({
    ...told,
    retry,
    ...(kind === undefined ? {} : { kind }),
    ...(waitMs === undefined ? {} : { waitMs }),
  })
}

/** Every text that `--debug` would show of an error and of what caused it. */
const chainOf = (error: unknown): string =>
  error instanceof Error
    ? [error.message, error.stack ?? '', error instanceof Fault ? error.hint : '', chainOf(error.cause)].join('\n')
    : String(error ?? '')
