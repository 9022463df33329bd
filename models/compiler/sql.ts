import { Fault } from '../../contracts/fault.ts'
import { closest } from './closest.ts'
import { dialect, polyglot } from './polyglot.ts'

/** A relation that a query reads, with its place in the text. */
export interface Read {
  readonly relation: string
  readonly file: string
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
  const parsed = polyglot().parse(sql, dialect)
  if (!parsed.success || !Array.isArray(parsed.ast))
    throw sqlFault(`the SQL cannot be read: ${parsed.error?.replace(/^Parse error at line \d+, column \d+: /, '')}`, {
      where: `${file}:${parsed.errorLine ?? 1}:${parsed.errorColumn ?? 1}`,
      hint: parsed.error?.includes('Slash') ? 'Write a division without a rest as floor(a / b).' : beginning(sql),
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

/** What a query that cannot be read was perhaps meant to begin with. */
function beginning(sql: string): string {
  const [word = ''] = /[a-z]+/i.exec(sql.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, '')) ?? []
  const begins = ['select', 'with', 'from', 'values']
  const near = begins.includes(word.toLowerCase()) ? undefined : closest(word, begins)
  return near === undefined ? 'Correct the SQL.' : `A query begins with ${near}, and this with ${word}.`
}

/**
 * The query with relations under other names, on its own lines: each that `renamed` gives a name for. What is no relation there stays; a query that cannot be
 * read stays as it is.
 */
export function rename(sql: string, renamed: (relation: string) => string | undefined): string {
  const parsed = polyglot().parse(sql, dialect)
  if (!parsed.success || !Array.isArray(parsed.ast)) return sql
  const reads: Read[] = []
  walk(parsed.ast, { names: new Set(), found: read => reads.push(read), file: '', lenient: true })
  const lines = sql.split('\n')
  for (const { relation, line, column } of reads.toSorted((a, b) => b.line - a.line || b.column - a.column)) {
    const to = renamed(relation)
    const text = lines[line - 1] ?? ''
    const written = /^(?:"(?:[^"]|"")+"|\w+)\s*\.\s*(?:"(?:[^"]|"")+"|\w+)/.exec(text.slice(column - 1))?.[0]
    if (to === undefined || written === undefined) continue
    lines[line - 1] = text.slice(0, column - 1) + to + text.slice(column - 1 + written.length)
  }
  return lines.join('\n')
}

/** Every relation that a query names, in all its parts; none where the query cannot be read. */
export function namedRelations(sql: string): readonly NamedRelation[] {
  const parsed = polyglot().parse(sql, dialect)
  const all: NamedRelation[] = []
  if (parsed.success)
    walk(parsed.ast, { names: new Set(), found: () => undefined, file: '', every: relation => all.push(relation) })
  return all
}

export interface NamedRelation {
  readonly parts: readonly string[]
  readonly line: number
}

/** The names of all columns that a query mentions anywhere, whatever relation they are of. */
export function mentionedColumns(sql: string): ReadonlySet<string> {
  const parsed = polyglot().parse(sql, dialect)
  const names = new Set<string>()
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item)
    if (!isNode(value)) return
    if (isNode(value.column) && isNode(value.column.name)) names.add(String(value.column.name.name))
    for (const child of Object.values(value)) visit(child)
  }
  visit(parsed.ast)
  return names
}

/** A common table expression of a query as a query of its own, and the names of all; undefined where there is none of that name. */
export function cteQuery(
  sql: string,
  cte: string,
): { readonly query: string | undefined; readonly names: readonly string[] } {
  const parsed = polyglot().parse(sql, dialect)
  const [query] = (parsed.success && Array.isArray(parsed.ast) ? parsed.ast : []) as readonly Node[]
  const clause = Object.values(query ?? {}).find((each): each is Node => isNode(each) && isNode(each.with))?.with as
    | Node
    | undefined
  const ctes = (clause?.ctes ?? []) as readonly Node[]
  const names = ctes.map(each => String((each.alias as Node).name))
  if (!names.includes(cte)) return { query: undefined, names }
  return { query: `${sql.slice(0, mainQueryAt(sql))}\nselect * from "${cte}"`, names }
}

/** Where the query begins that stands behind its common table expressions: at the first of its words that stands in no bracket. */
function mainQueryAt(sql: string): number {
  let depth = 0
  for (const { 0: found, index } of sql.matchAll(
    /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|[()]|\b\w+/g,
  )) {
    if (found === '(') depth += 1
    if (found === ')') depth -= 1
    if (depth === 0 && /^(select|from|values)$/i.test(found)) return index
  }
  return sql.length
}

type Node = Readonly<Record<string, unknown>>

const queries = new Set(['select', 'union', 'intersect', 'except', 'subquery', 'values'])

interface Scope {
  /** Common table expressions that are visible here, in lower case. */
  readonly names: ReadonlySet<string>
  readonly found: (read: Read) => void
  readonly file: string
  /** What is no relation is passed over. */
  readonly lenient?: true
  /** Is told of every relation, whatever it is; nothing is refused. */
  readonly every?: (relation: NamedRelation) => void
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

function readTable({ name, schema, catalog }: Table, { names, found, file, lenient, every }: Scope): void {
  if (schema === null && (lenient === true || names.has(name.name.toLowerCase()))) return
  const first = catalog ?? schema ?? name
  const { line = 1, column = 1, start = 0, end = 0 } = first.span ?? {}
  const place = { line, column: column - (end - start) }
  if (every !== undefined) {
    every({ parts: [catalog, schema, name].flatMap(part => part?.name ?? []), line })
    return
  }
  if (schema === null || catalog !== null)
    throw sqlFault(
      `"${[catalog, schema, name].flatMap(part => part?.name ?? []).join('.')}" is not a relation schema.table`,
      {
        where: `${file}:${place.line}:${place.column}`,
        hint: 'Name every relation with its schema; a common table expression must stand before its use.',
      },
    )
  found({ relation: `${schema.name}.${name.name}`, file, ...place })
}

/** Functions that make rows of their arguments. Any other could read what no dependency tells of: a file, another database. */
const rowMakers = new Set(['range', 'generate_series', 'unnest', 'json_each'])

function refuseFunctions(clause: unknown, { file, every }: Scope): void {
  if (every !== undefined) return
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
