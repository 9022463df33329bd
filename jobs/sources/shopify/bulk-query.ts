import { isIndex, segments } from '../../../contracts/paths.ts'
import type { Claim } from '../source.ts'

/** The lines that one connection of a bulk query gives, and the connections below each of them. */
export interface Lines {
  /** What is read of a line and of the lists inside it. A claim without paths of its own is not allowed here. */
  readonly claims: readonly Claim[]
  /** Connection to its lines: `lineItems`. */
  readonly below?: Readonly<Record<string, Lines>>
  /**
   * Field to how it is asked for, where its name alone does not do: `fulfillments(first: 1)`, `available: quantities(names:
   * ["available"])`. A part behind `on` is read of that type alone.
   */
  readonly spelled?: Readonly<Record<string, string>>
}

export interface BulkRoot extends Lines {
  /** The list of the schema's query root: `orders`. */
  readonly root: string
  /** Arguments beside the search text: `sortKey: ID`. */
  readonly with?: string
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
})

export const claimsOf = ({ claims, below = {} }: Lines): readonly Claim[] => [
  ...claims,
  ...Object.values(below).flatMap(claimsOf),
]

/** Objects of one type by their ids, with the first lines below them; `hasNextPage` says where those are not all. */
export function nodesQuery(lines: Lines, type: string): string {
  const inner = '      '
  const below = Object.entries(lines.below ?? {}).map(([name, each]) => {
    const head = `${lines.spelled?.[name] ?? name}(first: ${linesBelow})`
    return `${inner}${connection(head, each, inner).replace(/\}$/, '  pageInfo { hasNextPage }\n      }')}`
  })
  const rows = [...printed(treeOf(lines.claims), lines.spelled ?? {}, inner), ...below]
  return `query boomerangNodes($ids: [ID!]!) {\n  nodes(ids: $ids) {\n    ... on ${type} {\n${rows.join('\n')}\n    }\n  }\n}`
}

/** So many lines of an order are asked for at once: a question must not cost more than 1,000 points. */
const linesBelow = 50

function connection(head: string, lines: Lines, indent: string): string {
  const inner = `${indent}      `
  const rows = [
    ...printed(treeOf(lines.claims), lines.spelled ?? {}, inner),
    ...Object.entries(lines.below ?? {}).map(
      ([name, below]) => `${inner}${connection(lines.spelled?.[name] ?? name, below, inner)}`,
    ),
  ]
  return `${head} {\n${indent}  edges {\n${indent}    node {\n${rows.join('\n')}\n${indent}    }\n${indent}  }\n${indent}}`
}

interface Tree {
  [field: string]: Tree
}

/** Every place that the claims read of one line, as a tree; the elements of lists have no place of their own. */
function treeOf(claims: readonly Claim[]): Tree {
  const tree: Tree = { id: {} }
  for (const { each, fields } of claims)
    for (const path of Object.values(fields)) {
      const whole = path.startsWith('^') ? path.slice(1) : each === undefined ? path : `${each}.${path}`
      let here = tree
      for (const segment of segments(whole).filter(part => !isIndex(part) && part !== '__parentId'))
        here = here[segment] ??= {}
    }
  return tree
}

function printed(tree: Tree, spelled: Readonly<Record<string, string>>, indent: string): readonly string[] {
  const entries = Object.entries(tree)
  const leaves = entries.filter(([, below]) => Object.keys(below).length === 0).map(([name]) => spelled[name] ?? name)
  return [
    ...(leaves.length === 0 ? [] : [`${indent}${leaves.join(' ')}`]),
    ...entries
      .filter(([, below]) => Object.keys(below).length > 0)
      .map(
        ([name, below]) =>
          `${indent}${spelled[name] ?? name} {\n${printed(below, spelled, `${indent}  `).join('\n')}\n${indent}}`,
      ),
  ]
}
