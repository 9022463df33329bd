import { existsSync, readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { Fault } from '../contracts/fault.ts'

/** A value that is kept elsewhere: `env:NAME`, `file:path` for a file's whole text, `file:path#key.of.json` for a part of it. */
export const isReference = (text: string): boolean => /^(env|file):/.test(text)

/** The value behind a reference, read anew at each call; relative paths lie in `root`. A Fault names the reference, never a value. */
export function readReference(root: string, reference: string): string {
  const kind = reference.slice(0, reference.indexOf(':'))
  const rest = reference.slice(kind.length + 1)
  return kind === 'env' ? readVariable(reference, rest) : readFile(root, reference, rest)
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
