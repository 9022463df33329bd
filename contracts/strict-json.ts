import type { Json } from './context.ts'

/** Longest line that is read as one record, in bytes: far above any order, far below what would hurt. */
export const longestLine = 4 * 1024 * 1024

export type Strict =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly code: StrictCode; readonly allowed: string; readonly found?: string }

/** What JSON text may be wrong with beside its grammar; each is named, none is repaired. */
export type StrictCode =
  | 'malformed'
  | 'duplicate_key'
  | 'long_number'
  | 'too_deep'
  | 'ill_formed'
  | 'byte_order_mark'
  | 'too_long'

const deepest = 64

/**
 * One line as JSON, in the strictest reading: no key twice at any depth, no number that a double would round,
 * no lone surrogate, no byte-order mark. Two parsers that agree on such a line agree on its values.
 */
export function strictJson(bytes: Uint8Array): Strict {
  if (bytes.length > longestLine)
    return refuse('too_long', `a line of at most ${longestLine} bytes`, `${bytes.length} bytes`)
  const text = decode(bytes)
  if (text === undefined) return refuse('ill_formed', 'UTF-8')
  if (text.startsWith('\ufeff')) return refuse('byte_order_mark', 'UTF-8 without a byte-order mark')
  let value: Json
  try {
    value = JSON.parse(text) as Json
  } catch {
    return refuse('malformed', 'one JSON value on the line')
  }
  return scan(text) ?? { ok: true, value }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

const refuse = (code: StrictCode, allowed: string, found?: string): Strict & { ok: false } => ({
  ok: false,
  code,
  allowed,
  ...(found === undefined ? {} : { found }),
})

const token = /"(?:[^"\\]|\\.)*"(\s*:)?|-?[0-9][0-9.eE+-]*|[{}[\]]/gu

/** Walks the tokens of text that is known to be JSON. */
function scan(text: string): (Strict & { ok: false }) | undefined {
  const keys: (Set<string> | undefined)[] = []
  for (const [found, colon] of text.matchAll(token)) {
    const first = found[0]
    if (first === '{' || first === '[') {
      if (keys.push(first === '{' ? new Set() : undefined) > deepest)
        return refuse('too_deep', `at most ${deepest} levels`)
    } else if (first === '}' || first === ']') keys.pop()
    else if (first === '"') {
      const breach = scanString(found, colon, keys.at(-1))
      if (breach !== undefined) return breach
    } else if (digitsOf(found) > 15 || !Number.isFinite(Number(found)))
      return refuse('long_number', 'a number of at most 15 digits; longer ones as text', `${digitsOf(found)} digits`)
  }
  return undefined
}

/** How many, and never which: sixteen may be a card's. */
const digitsOf = (number: string): number => number.replace(/[eE].*$|[^0-9]/g, '').length

function scanString(
  found: string,
  colon: string | undefined,
  keys: Set<string> | undefined,
): (Strict & { ok: false }) | undefined {
  const raw = colon === undefined ? found : found.slice(0, -colon.length)
  const value = raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1)
  if (!value.isWellFormed()) return refuse('ill_formed', 'well-formed Unicode')
  if (value.includes('\u0000')) return refuse('ill_formed', 'text without the NUL character')
  if (colon === undefined || keys === undefined) return undefined
  if (keys.has(value)) return refuse('duplicate_key', 'every key once', value.slice(0, 80))
  keys.add(value)
  return undefined
}
