import type { PortableFunction } from '../../compiler/portable-functions.ts'

/** The functions as macros of DuckDB, so that a query runs there as it is written. */
export const macrosOf = (functions: ReadonlyMap<string, PortableFunction>): readonly string[] => [
  'create schema if not exists fn',
  ...[...functions].flatMap(([name, { parameters, as, rows }]) => {
    if (as.duckdb === undefined) return []
    const body = as.duckdb.replaceAll(/\{(\w+)!?\}/g, '"$1"')
    const list = parameters.map(parameter => `"${parameter}"`).join(', ')
    return [
      `create or replace macro fn."${name}"(${list}) as ${rows === true ? `table ${body.slice(1, -1)}` : `(${body})`}`,
    ]
  }),
]
