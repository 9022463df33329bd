import { setFlagsFromString } from 'node:v8'
import type * as Polyglot from '@polyglot-sql/sdk'

let loaded: typeof Polyglot | undefined

/**
 * Reads the parser, which costs a quarter of a second and 80 MB: only where something is to be parsed that no cache knows. It is a program of some megabytes, and
 * reads some dozens of short texts. V8 would begin to optimise it at the first of them, at more cost than all the reading: it shall do so only for what runs
 * fifteen times as long.
 */
export async function loadParser(): Promise<void> {
  setFlagsFromString('--wasm-tiering-budget=200000000')
  loaded ??= await import('@polyglot-sql/sdk')
}

/** The parser, once it is loaded. */
export function polyglot(): typeof Polyglot {
  if (loaded === undefined) throw new TypeError('the parser is used before loadParser')
  return loaded
}

/** DuckDB's SQL as the parser calls it. */
export const dialect = 'duckdb' as Polyglot.Dialect
