import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { Fault } from '../contracts/fault.ts'

/**
 * A value that is kept elsewhere: `env:NAME`, `file:path` for a file's whole text, `file:path#key.of.json` for a part of it,
 * `cmd:op read op://shop/token` for what a command prints.
 */
export const isReference = (text: string): boolean => /^(env|file|cmd):/.test(text)

export type ReferenceReader = (reference: string, fresh?: boolean) => string

/**
 * Reads references; relative paths lie in `root`. What a command printed is kept for some minutes, unless it is to be read afresh, and for as
 * long again where the command fails meanwhile: who takes in events must not wait for it at each of them.
 */
export function referenceReader(root: string): ReferenceReader {
  const printed = new Map<string, { readonly text: string; readonly at: number }>()
  return (reference, fresh = false) => {
    if (!reference.startsWith('cmd:')) return readReference(root, reference)
    const known = printed.get(reference)
    if (known !== undefined && !fresh && performance.now() - known.at < keptMs) return known.text
    const text = fresh || known === undefined ? readCommand(root, reference) : readAgain(root, reference, known.text)
    printed.set(reference, { text, at: performance.now() })
    return text
  }
}

const keptMs = 10 * 60 * 1000

/** The value behind a reference, read anew. A Fault names the reference, never a value. */
export function readReference(root: string, reference: string): string {
  const kind = reference.slice(0, reference.indexOf(':'))
  const rest = reference.slice(kind.length + 1)
  if (kind === 'env') return readVariable(reference, rest)
  return kind === 'cmd' ? readCommand(root, reference) : readFile(root, reference, rest)
}

function readAgain(root: string, reference: string, before: string): string {
  try {
    return readCommand(root, reference)
  } catch {
    return before
  }
}

const commandMs = 30_000

/** What it prints, without the line end. What it says beside that is not shown: it may hold what it should not. */
function readCommand(root: string, reference: string): string {
  const command = reference.slice('cmd:'.length)
  if (command.trim() === '') throw unresolved(reference, 'it names no command')
  const { status, stdout, error } = spawnSync(command, {
    cwd: root,
    shell: true,
    encoding: 'utf8',
    timeout: commandMs,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const text = (stdout ?? '').trim()
  if (status === 0 && text !== '') return text
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  const why =
    code === 'ETIMEDOUT'
      ? `did not end within ${commandMs / 1000} seconds`
      : status === 0
        ? 'printed nothing'
        : `ended with ${code ?? `exit code ${status}`}`
  throw unresolved(reference, `the command ${command.split(' ')[0]} ${why}`)
}

function readVariable(reference: string, name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') throw unresolved(reference, `the environment variable ${name} is not set`)
  return value
}

function readFile(root: string, reference: string, rest: string): string {
  const hash = rest.indexOf('#')
  const path = hash === -1 ? rest : rest.slice(0, hash)
  const text = textOf(root, path, reference)
  if (hash !== -1) return partOf(text, { path, key: rest.slice(hash + 1), reference })
  if (text === '') throw unresolved(reference, `the file ${path} is empty`)
  return text
}

function textOf(root: string, path: string, reference: string): string {
  const full = isAbsolute(path) ? path : join(root, path)
  if (!existsSync(full)) throw unresolved(reference, `the file ${path} does not exist`)
  try {
    return readFileSync(full, 'utf8').trim()
  } catch (error) {
    throw unresolved(reference, `the file ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

interface Part {
  readonly path: string
  readonly key: string
  readonly reference: string
}

function partOf(text: string, { path, key, reference }: Part): string {
  const value = key
    .split('.')
    .reduce<unknown>(
      (here, part) =>
        typeof here === 'object' && here !== null && Object.hasOwn(here, part)
          ? (here as Record<string, unknown>)[part]
          : undefined,
      parsed(text, { path, key, reference }),
    )
  if (typeof value === 'string' && value !== '') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw unresolved(reference, `${path} has no value at ${key}`)
}

/** JSON.parse quotes the text that it does not understand: its message must not travel. */
function parsed(text: string, { path, reference }: Part): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw unresolved(reference, `the file ${path} is not JSON`)
  }
}

const unresolved = (reference: string, what: string): Fault =>
  new Fault({
    what,
    where: reference,
    hint: 'Set it, or correct the reference in boomerang.config.ts.',
    retry: 'never',
  })
