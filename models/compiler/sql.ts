import './unhurried.ts'
import { Dialect, parse } from '@polyglot-sql/sdk'
import { Fault } from '../../contracts/fault.ts'

/** A relation that a query reads, with its place in the text. */
export interface Read {
  readonly relation: string
  readonly line: number
  readonly column: number
}

export interface ParsedSql {
  readonly reads: readonly Read[]
  /** The meaning as text: without places, comments and spaces. */
  readonly meaning: string
}

/**
 * Reads one query of DuckDB and finds the relations that it reads; names of common table expressions are none. A Fault names
 * file, line and column. `file` is for people.
 */
export function parseSql(sql: string, file: string): ParsedSql {
  const parsed = parse(sql, Dialect.DuckDB)
  if (!parsed.success || !Array.isArray(parsed.ast))
    throw sqlFault(`the SQL cannot be read: ${parsed.error?.replace(/^Parse error at line \d+, column \d+: /, '')}`, {
      where: `${file}:${parsed.errorLine ?? 1}:${parsed.errorColumn ?? 1}`,
      hint: parsed.error?.includes('Slash') ? 'Write a division without a rest as floor(a / b).' : 'Correct the SQL.',
    })
  const [query, ...more] = parsed.ast as readonly Node[]
  if (query === undefined || more.length > 0 || !queries.has(Object.keys(query)[0] ?? ''))
    throw sqlFault('a model is one select, and nothing beside it', {
      where: `${file}:1:1`,
      hint: 'Write one query; what prepares it is a model of its own.',
    })
  const reads: Read[] = []
  walk(query, { names: new Set(), found: read => reads.push(read), file })
  return { reads, meaning: JSON.stringify(query, withoutPlaces) }
}

type Node = Readonly<Record<string, unknown>>

const queries = new Set(['select', 'union', 'intersect', 'except', 'subquery', 'values'])

interface Scope {
  /** Common table expressions that are visible here, in lower case. */
  readonly names: ReadonlySet<string>
  readonly found: (read: Read) => void
  readonly file: string
}

function walk(value: unknown, scope: Scope): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, scope)
    return
  }
  if (!isNode(value)) return
  const inner = isNode(value.with) ? withCtes(value.with, scope) : scope
  for (const [key, child] of Object.entries(value)) {
    if (key === 'with') continue
    if (key === 'table' && isTable(child)) readTable(child, inner)
    if (key === 'from' || key === 'joins') refuseFunctions(child, inner)
    walk(child, inner)
  }
}

/** A common table expression sees those before it, and itself where it is recursive. */
function withCtes(clause: Node, scope: Scope): Scope {
  const names = new Set(scope.names)
  for (const cte of (clause.ctes ?? []) as readonly Node[]) {
    const cteName = String((cte.alias as Node).name).toLowerCase()
    if (clause.recursive === true) names.add(cteName)
    walk(cte.this, { ...scope, names: new Set(names) })
    names.add(cteName)
  }
  return { ...scope, names }
}

interface Table {
  readonly name: Identifier
  readonly schema: Identifier | null
  readonly catalog: Identifier | null
}
interface Identifier {
  readonly name: string
  readonly span?: {
    readonly line: number
    readonly column: number
    readonly start: number
    readonly end: number
  } | null
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A column's table is an identifier; a table that is read has one for its name. */
const isTable = (value: unknown): value is Table => isNode(value) && isNode(value.name) && 'schema' in value

function readTable({ name, schema, catalog }: Table, { names, found, file }: Scope): void {
  if (schema === null && names.has(name.name.toLowerCase())) return
  const first = catalog ?? schema ?? name
  const { line = 1, column = 1, start = 0, end = 0 } = first.span ?? {}
  const place = { line, column: column - (end - start) }
  if (schema === null || catalog !== null)
    throw sqlFault(
      `"${[catalog, schema, name].flatMap(part => part?.name ?? []).join('.')}" is not a relation schema.table`,
      {
        where: `${file}:${place.line}:${place.column}`,
        hint: 'Name every relation with its schema; a common table expression must stand before its use.',
      },
    )
  found({ relation: `${schema.name}.${name.name}`, ...place })
}

/** Functions that make rows of their arguments. Any other could read what no dependency tells of: a file, another database. */
const rowMakers = new Set(['range', 'generate_series', 'unnest', 'json_each'])

function refuseFunctions(clause: unknown, { file }: Scope): void {
  const sources = Array.isArray(clause)
    ? clause.map(join => (join as Node).this)
    : ((clause as Node | null)?.expressions ?? [])
  for (const source of sources as readonly Node[]) {
    const inner = isNode(source.alias) ? (source.alias.this as Node) : source
    const called = isNode(inner.function) ? String(inner.function.name).toLowerCase() : undefined
    if (called === undefined || rowMakers.has(called)) continue
    throw sqlFault(`the query reads from ${called}(…), which is no relation`, {
      where: file,
      hint: 'A model reads models, raw and ops only; files come in through a source.',
    })
  }
}

const withoutPlaces = (key: string, value: unknown): unknown =>
  key === 'span' || key.endsWith('comments') || key.endsWith('_span') ? undefined : value

const sqlFault = (what: string, more: { readonly where: string; readonly hint: string }): Fault =>
  new Fault({ what, ...more, retry: 'never' })
