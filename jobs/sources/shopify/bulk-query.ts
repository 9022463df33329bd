import { isIndex, segments } from '../../../contracts/paths.ts'
import type { Claim } from '../source.ts'

/** The lines that one connection of a bulk query gives, and the connections below each of them. */
export interface Lines {
  /** What is read of a line and of the lists inside it. A claim without paths of its own is not allowed here. */
  readonly claims: readonly Claim[]
  /** Connection to its lines: `lineItems`; `discount.codes` where it stands inside an object of the line. */
  readonly below?: Readonly<Record<string, Lines>>
  /** Field to how it is asked for, where its name alone does not do: `fulfillments(first: 1)`, `available: quantities(names: ["available"])`. */
  readonly spelled?: Readonly<Record<string, string>>
  /**
   * Field of a union to its types, and for each the fields and connections that are read of it: `discount: { DiscountCodeBasic: ["title",
   * "codes"] }`; the empty name is the line itself. What no type names is read of all.
   */
  readonly types?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
  /** True where the schema gives these lines no id: `__typename` then says of which kind they are. */
  readonly nameless?: true
  /** So many of them are asked for with their parent in a direct question, which must not cost more than 1,000 points; 50 where it is absent. */
  readonly first?: number
}

export interface BulkRoot extends Lines {
  /** The list of the schema's query root: `orders`. */
  readonly root: string
  /** Arguments beside the search text: `sortKey: ID`. */
  readonly with?: string
  /** True where the list takes no search text: it is read in one piece. */
  readonly unsearched?: true
}

/** A bulk query that selects what its claims read, and nothing else, `without` some fields of the root. `filter` is a search text. */
export function bulkQuery(root: BulkRoot, filter: string | undefined, without: readonly string[] = []): string {
  const given = [root.with, filter === undefined ? undefined : `query: ${JSON.stringify(filter)}`].filter(
    part => part !== undefined,
  )
  const head = given.length === 0 ? root.root : `${root.root}(${given.join(', ')})`
  return `{\n  ${connection(head, withoutFields(root, without), '  ')}\n}`
}

const withoutFields = (lines: Lines, without: readonly string[]): Lines => ({
  ...lines,
  claims: lines.claims.map(claim => ({
    ...claim,
    fields: Object.fromEntries(
      Object.entries(claim.fields).filter(([, path]) => !without.includes(path.replace(/\..*/, ''))),
    ),
  })),
  below: Object.fromEntries(Object.entries(lines.below ?? {}).filter(([name]) => !without.includes(name))),
})

export const claimsOf = ({ claims, below = {} }: Lines): readonly Claim[] => [
  ...claims,
  ...Object.values(below).flatMap(claimsOf),
]

/** Objects of one type by their ids, with the first lines below them; `hasNextPage` says where those are not all. */
export function nodesQuery(lines: Lines, type: string): string {
  const below: Connect = (head, each, indent) =>
    connected(`${head}(first: ${each.first ?? usualFirst})`, { lines: each, connect: below, indent }).replace(
      /\}$/,
      `  pageInfo { hasNextPage }\n${indent}}`,
    )
  const rows = printed(treeOf(lines), { lines, connect: below, at: '', indent: '      ' })
  return `query boomerangNodes($ids: [ID!]!) {\n  nodes(ids: $ids) {\n    ... on ${type} {\n${rows.join('\n')}\n    }\n  }\n}`
}

const usualFirst = 50

/** One page of what one connection holds below one object of a type. */
export function belowQuery(type: string, name: string, lines: Lines): string {
  const page = connection(`${name}(first: ${pageOfOne}, after: $after)`, lines, '      ').replace(
    /\}$/,
    '  pageInfo { hasNextPage endCursor }\n      }',
  )
  return `query boomerangBelow($id: ID!, $after: String) {\n  node(id: $id) {\n    ... on ${type} {\n      ${page}\n    }\n  }\n}`
}

const pageOfOne = 100

/** The text of a connection that stands at an indent. */
type Connect = (head: string, lines: Lines, indent: string) => string

const connection: Connect = (head, lines, indent) => connected(head, { lines, connect: connection, indent })

function connected(head: string, { lines, connect, indent }: Omit<Place, 'at'>): string {
  const rows = printed(treeOf(lines), { lines, connect, at: '', indent: `${indent}      ` })
  return `${head} {\n${indent}  edges {\n${indent}    node {\n${rows.join('\n')}\n${indent}    }\n${indent}  }\n${indent}}`
}

interface Tree {
  [field: string]: Tree
}

/** Every place that is read of one line, as a tree; connections are leaves of it, and the elements of lists have no place of their own. */
function treeOf({ claims, below = {}, nameless }: Lines): Tree {
  const tree: Tree = nameless === true ? { __typename: {} } : { id: {} }
  const paths = claims.flatMap(({ each, fields }) =>
    Object.values(fields).map(path =>
      path.startsWith('^') ? path.slice(1) : each === undefined ? path : `${each}.${path}`,
    ),
  )
  for (const path of [...paths, ...Object.keys(below)]) {
    let here = tree
    for (const segment of segments(path).filter(part => !isIndex(part) && part !== '__parentId'))
      here = here[segment] ??= {}
  }
  return tree
}

interface Place {
  readonly lines: Lines
  readonly connect: Connect
  /** The way to it from the line: empty, or `discount.`. */
  readonly at: string
  readonly indent: string
}

/** The fields of an object; those that only some types of a union have, behind the name of each. */
function printed(tree: Tree, place: Place): readonly string[] {
  const { at, indent, lines } = place
  const types = Object.entries(lines.types?.[at.replace(/\.$/, '')] ?? {})
  const only = (isRead: (field: string) => boolean): Tree =>
    Object.fromEntries(Object.entries(tree).filter(([field]) => isRead(field)))
  return [
    ...fieldsIn(
      only(field => !types.some(([, fields]) => fields.includes(field))),
      place,
    ),
    ...types.flatMap(([type, fields]) => [
      `${indent}... on ${type} {`,
      ...fieldsIn(
        only(field => fields.includes(field)),
        { ...place, indent: `${indent}  ` },
      ),
      `${indent}}`,
    ]),
  ]
}

function fieldsIn(tree: Tree, place: Place): readonly string[] {
  const { lines, connect, at, indent } = place
  const spelled = (name: string): string => lines.spelled?.[name] ?? name
  const names = Object.keys(tree)
  const connections = names.filter(name => lines.below?.[`${at}${name}`] !== undefined)
  const inner = names.filter(name => !connections.includes(name) && Object.keys(tree[name] ?? {}).length > 0)
  const leaves = names.filter(name => !connections.includes(name) && !inner.includes(name))
  return [
    ...(leaves.length === 0 ? [] : [`${indent}${leaves.map(spelled).join(' ')}`]),
    ...inner.flatMap(name => [
      `${indent}${spelled(name)} {`,
      ...printed(tree[name] ?? {}, { ...place, at: `${at}${name}.`, indent: `${indent}  ` }),
      `${indent}}`,
    ]),
    ...connections.map(name => `${indent}${connect(spelled(name), lines.below?.[`${at}${name}`] as Lines, indent)}`),
  ]
}
