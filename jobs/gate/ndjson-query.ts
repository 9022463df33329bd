import { type ColumnSql, columnSql, jsonTypes, name, quote, rulesSql } from '../../contracts/admission.ts'
import type { Column } from '../../contracts/columns.ts'
import { isIndex, type Path, segments } from '../../contracts/paths.ts'
import { longestLine } from '../../contracts/strict-json.ts'
import type { Claim } from '../sources/source.ts'
import { packed, unpacked } from './packed.ts'

/** The claims of one source object, sorted out: whole lines by kind, and the lists inside them. */
export interface LineClaim {
  readonly index: number
  readonly claim: Claim
  readonly lists: readonly ListClaim[]
}
export interface ListClaim {
  readonly index: number
  readonly claim: Claim
  readonly each: Path
}

export function lineClaims(claims: readonly Claim[]): readonly LineClaim[] {
  const numbered = claims.map((claim, index) => ({ claim, index }))
  return numbered
    .filter(({ claim }) => claim.each === undefined)
    .map(({ claim, index }) => ({
      claim,
      index,
      lists: numbered.flatMap(inner =>
        inner.claim.each !== undefined && inner.claim.kind === claim.kind ? [{ ...inner, each: inner.claim.each }] : [],
      ),
    }))
}

/**
 * One pass over an NDJSON file: every line becomes one row, in the file's order, so that its `rowid` is its position.
 * Columns: kind, admitted, child, length (of the line in bytes, null where it is malformed), c<claim> (its columns), l<claim> (a list's JSON) and u<claim>_<n> (what its elements read of the line).
 */
export function linesQuery(source: string, lines: readonly LineClaim[]): string {
  const parsed = lines.flatMap(line => [
    `${when(line, transform('json', [...leafTypesOfLine(line).keys()]))} as t${line.index}`,
    `${when(line, types('json', nodeTypes(leafTypesOfLine(line))))} as y${line.index}`,
    ...line.lists.map(list => `${when(line, `json_extract(json, ${quote(jsonPath(list.each))})`)} as l${list.index}`),
  ])
  const typed = lines.flatMap(line => {
    const cells = cellsOf(line.claim, line.claim.fields, `t${line.index}`)
    return [
      `${packed(cells.map(cell => [cell.column, cell.sql.value]))} as c${line.index}`,
      `(${cells.map(cell => cell.sql.admits).join(' and ')}) as a${line.index}`,
      `(${soundness(line)}) as s${line.index}`,
    ]
  })
  const ups = lines.flatMap(line => line.lists.flatMap(list => upsOf(list, `t${line.index}`)))
  return `
    select kind, child, length,
      case kind ${lines.map(line => `${arm(line)} s${line.index} and a${line.index} and ${rulesSql(line.claim.contract, column => unpacked(`c${line.index}`, column))}`).join(' ')} else false end as admitted,
      columns('^(c|l|u)[0-9]+(_.*)?$')
    from (select kind, child, length, ${[...lines.flatMap(line => line.lists.map(list => `l${list.index}`)), ...typed, ...ups].join(',\n      ')}
      from (select json, kind, child, strlen(json) as length, ${parsed.join(',\n        ')}
        from (select json, ${kindSql(lines)} as kind, contains(json, '"__parentId":') as child from ${source})))`
}

/** The elements of one list of all admitted lines: position, ordinal, admitted, and c (the contract's columns). */
export function elementsQuery(relation: string, line: LineClaim, list: ListClaim): string {
  const inner = innerFields(list.claim)
  const leaves = leafTypes(list.claim, inner)
  const nodes = nodeTypes(leaves)
  const upNames = upPaths(list.claim).map((_, n) => `u${list.index}_${n}`)
  const cells = cellsOf(list.claim, inner, 't')
  const ups = Object.entries(list.claim.fields)
    .filter(([, path]) => path.startsWith('^'))
    .map(([column, path]) => ({
      column,
      sql: columnOf(list.claim, column, `u${list.index}_${upPaths(list.claim).indexOf(path)}`),
    }))
  const all = [...cells, ...ups]
  return `
    select position, ordinal, coalesce(a and ${rulesSql(list.claim.contract, name)}, false) as admitted,
      ${packed(all.map(cell => [cell.column, name(cell.column)]))} as c
    from (select position, ordinal, ${all.map(cell => `${cell.sql.value} as ${name(cell.column)}`).join(', ')},
        (${[...all.map(cell => cell.sql.admits), typesFit(nodes, 'y'), `${keysIn('json')} = ${present(nodes, 'y')}`].join(' and ')}) as a
      from (select *, ${transform('json', [...leaves.keys()])} as t, ${types('json', nodes)} as y
        from (select rowid as position, generate_subscripts(items, 1) - 1 as ordinal, unnest(items) as json${upNames.map(up => `, ${up}`).join('')}
          from (select rowid, json_extract(l${list.index}, '$[*]') as items${upNames.map(up => `, ${up}`).join('')}
            from ${relation} where admitted and kind = ${quote(line.claim.kind ?? '')} and l${list.index} is not null))))`
}

interface Cell {
  readonly column: string
  readonly sql: ColumnSql
}

const cellsOf = (claim: Claim, fields: Claim['fields'], root: string): readonly Cell[] =>
  Object.entries(fields).map(([column, path]) => ({ column, sql: columnOf(claim, column, access(root, path)) }))

const columnOf = ({ contract, forms }: Claim, column: string, leaf: string): ColumnSql =>
  columnSql(contract.row[column] as Column, leaf, forms?.[column])

const innerFields = (claim: Claim): Record<string, Path> =>
  Object.fromEntries(Object.entries(claim.fields).filter(([, path]) => !path.startsWith('^')))

const upPaths = (claim: Claim): readonly Path[] => [
  ...new Set(Object.values(claim.fields).filter(path => path.startsWith('^'))),
]

/** Outer values that list elements read; null unless they are text, so that a doubtful one is never taken for the value. */
const upsOf = (list: ListClaim, root: string): readonly string[] =>
  upPaths(list.claim).map((path, n) => `${access(root, path.slice(1))} as u${list.index}_${n}`)

/**
 * A line is sound when its text holds each present named key exactly once and no other key, no white space before a colon,
 * no trailing comma and no NUL: then no duplicate and no unknown key hides at any depth, whatever a parser makes of them.
 */
const soundness = (line: LineClaim): string => {
  const nodes = nodeTypes(leafTypesOfLine(line))
  return [
    `${keysIn('json')}${line.lists.map(list => ` - coalesce(${keysIn(`l${list.index}`)}, 0)`).join('')} = ${present(nodes, `y${line.index}`, line.lists)}`,
    `not regexp_matches(json, '"[ \\t\\r\\n]+:|,[ \\t\\r\\n]*[}\\]]|\\\\u0000')`,
    `strlen(json) <= ${longestLine}`,
    typesFit(nodes, `y${line.index}`),
    ...(hasNumbers(line) ? [`not regexp_matches(json, '[:,\\[][ \\t\\r\\n]*-?[0-9][-+.0-9eE]{15,}')`] : []),
  ]
    .map(condition => `coalesce(${condition}, false)`)
    .join(' and ')
}

/** The engine has read a number to a double already: of one with more digits it would admit another than the judge sees. */
const hasNumbers = (line: LineClaim): boolean =>
  [line, ...line.lists].some(({ claim }) =>
    Object.values(claim.forms ?? {}).some(({ json }) => json.some(type => type !== 'VARCHAR')),
  )

const keysIn = (json: string): string => `(strlen(${json}) - strlen(replace(${json}, '":', ':')))`
/** How many of the named keys are there; the elements of a list are named, but have no key, and what is in a list that is read for itself is counted there. */
const present = (nodes: LeafTypes, list: string, lists: readonly ListClaim[] = []): string =>
  [
    `list_aggregate(${list}, 'count')`,
    ...[...nodes.keys()].flatMap((path, n) =>
      isIndex(segments(path).at(-1) ?? '') || lists.some(({ each }) => path.startsWith(`${each}.`))
        ? [`(${list}[${n + 1}] is not null)::int`]
        : [],
    ),
  ].join(' - ')

type LeafTypes = ReadonlyMap<Path, readonly string[]>

const leafTypes = ({ contract, forms }: Claim, fields: Claim['fields']): LeafTypes =>
  new Map(
    Object.entries(fields).map(([column, path]) => [
      path,
      forms?.[column]?.json ?? jsonTypes[contract.row[column]?.kind ?? 'text'],
    ]),
  )

/** What a line must hold at its leaves, beside null: its own columns, what its lists' elements read of it, and the lists. */
const leafTypesOfLine = (line: LineClaim): LeafTypes =>
  new Map([
    ...line.lists.flatMap(list => upPaths(list.claim).map(path => [path.slice(1), ['VARCHAR']] as const)),
    ...kindPaths(line.claim).map(path => [path, ['VARCHAR']] as const),
    ...leafTypes(line.claim, line.claim.fields),
    ...line.lists.map(list => [list.each, ['ARRAY']] as const),
  ])

/** Where a line says of which kind it is, beside its id; the word is none of the record's own columns. */
export const kindPaths = ({ kind, fields }: Claim): readonly Path[] =>
  kind !== undefined && !Object.values(fields).includes('id') ? ['__typename'] : []

/**
 * Every named place on the way to the leaves, once, with the JSON types that it may have beside null.
 * Of a list that a path enters, the first element is named, and a second must be absent, unless the list is named itself: no types at all.
 */
function nodeTypes(leaves: LeafTypes): LeafTypes {
  const nodes = new Map<Path, readonly string[]>()
  for (const leaf of leaves.keys()) {
    const way = segments(leaf)
    way.forEach((segment, n) => {
      const above = way.slice(0, n).join('.')
      const path = way.slice(0, n + 1).join('.')
      const next = way[n + 1]
      nodes.set(path, leaves.get(path) ?? (next !== undefined && isIndex(next) ? ['ARRAY'] : ['OBJECT']))
      if (isIndex(segment) && !leaves.has(above)) nodes.set(`${above}.${Number(segment) + 1}`, [])
    })
  }
  return nodes
}

const typesFit = (nodes: LeafTypes, list: string): string =>
  [...nodes.values()]
    .map((allowed, n) =>
      `${list}[${n + 1}]`.concat(
        allowed.length === 0 ? ' is null' : ` in (${[...allowed, 'NULL'].map(quote).join(', ')})`,
      ),
    )
    .map(fits => `coalesce(${fits}, true)`)
    .join(' and ')

const kindSql = (lines: readonly LineClaim[]): string =>
  lines.some(line => line.claim.kind !== undefined)
    ? `coalesce(nullif(regexp_extract(json_extract_string(json, '$.id'), '^gid://shopify/([A-Za-z]+)/', 1), ''), json_extract_string(json, '$.__typename'))`
    : `case when json is not null then '' end`

const arm = (line: LineClaim): string => `when ${quote(line.claim.kind ?? '')} then`
const when = (line: LineClaim, sql: string): string => `case kind ${arm(line)} ${sql} end`

const jsonPath = (path: Path): string =>
  `$${segments(path)
    .map(segment => (isIndex(segment) ? `[${segment}]` : `."${segment}"`))
    .join('')}`

const access = (root: string, path: Path): string =>
  root +
  segments(path)
    .map(segment => (isIndex(segment) ? `[${Number(segment) + 1}]` : `.${name(segment)}`))
    .join('')

const types = (json: string, nodes: LeafTypes): string =>
  `json_type(${json}, [${[...nodes.keys()].map(node => quote(jsonPath(node))).join(', ')}])`

interface Tree {
  [segment: string]: Tree
}

/** `json_transform` with every leaf as text: one parse gives all. A list as text is its JSON. */
function transform(json: string, paths: readonly Path[]): string {
  const tree: Tree = {}
  for (const path of paths) {
    let here = tree
    for (const segment of segments(path)) here = here[segment] ??= {}
  }
  return `json_transform(${json}, ${quote(JSON.stringify(specOf(tree)))})`
}

type Spec = string | readonly Spec[] | { readonly [key: string]: Spec }

function specOf(tree: Tree): Spec {
  const keys = Object.keys(tree)
  if (keys.length === 0) return 'VARCHAR'
  if (keys.every(isIndex)) return [specOf(Object.assign({}, ...Object.values(tree)) as Tree)]
  return Object.fromEntries(keys.map(key => [key, specOf(tree[key] as Tree)]))
}
