import type * as Polyglot from '@polyglot-sql/sdk'

let loaded: typeof Polyglot | undefined

/** Reads the parser, which costs a quarter of a second and 80 MB: only where something is to be parsed that no cache knows. */
export async function loadParser(): Promise<void> {
  loaded ??= await import('@polyglot-sql/sdk')
}

/** The parser, once it is loaded. */
export function polyglot(): typeof Polyglot {
  if (loaded === undefined) throw new TypeError('the parser is used before loadParser')
  return loaded
}

/** DuckDB's SQL as the parser calls it. */
export const dialect = 'duckdb' as Polyglot.Dialect
