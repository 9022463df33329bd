import type { FieldNode } from 'graphql'
import type { Shop } from '../shops.ts'
import type { World } from '../world.ts'
import { type Asking, nodeFields, project } from './graphql.ts'
import { type ListName, rootNodes } from './roots.ts'
import { readSearch, type SearchWarning } from './search.ts'

export interface PageArgs {
  readonly first?: number | null
  readonly after?: string | null
  readonly query?: string | null
  readonly reverse?: boolean | null
}

export interface Page {
  readonly value: unknown
  readonly warnings: readonly SearchWarning[]
}

/** A page of a list root; its cursor is opaque to whoever reads it. */
export function pageOf(
  { world, shop, root }: { readonly world: World; readonly shop: Shop; readonly root: ListName },
  field: FieldNode,
  asking: Asking & { readonly args: PageArgs },
): Page {
  const { first, after, query, reverse } = asking.args
  const search = readSearch(root, query ?? '')
  const skip = after === undefined || after === null ? 0 : Number(Buffer.from(after, 'base64').toString())
  const fields = nodeFields(field, asking.document)
  const nodes: unknown[] = []
  let n = 0
  let more = false
  const all = rootNodes(world, shop, { root, search })
  for (const node of reverse === true ? [...all].reverse() : all) {
    if (n++ < skip) continue
    if (nodes.length === (first ?? 10)) {
      more = true
      break
    }
    nodes.push(project(node, fields, asking))
  }
  const cursor = (at: number): string => Buffer.from(String(skip + at + 1)).toString('base64')
  return {
    value: {
      edges: nodes.map((node, at) => ({ node, cursor: cursor(at) })),
      nodes,
      pageInfo: { hasNextPage: more, endCursor: nodes.length === 0 ? null : cursor(nodes.length - 1) },
    },
    warnings: search.warnings,
  }
}

const usualLimit = 10_000

/** How many objects a search matches, counted up to a limit; null counts all. */
export function countOf(
  { world, shop, root }: { readonly world: World; readonly shop: Shop; readonly root: ListName },
  { query, limit = usualLimit }: { readonly query?: string | null; readonly limit?: number | null },
): { readonly count: number; readonly precision: 'EXACT' | 'AT_LEAST' } {
  let count = 0
  for (const _ of rootNodes(world, shop, { root, search: readSearch(root, query ?? '') })) {
    if (count === limit) return { count, precision: 'AT_LEAST' }
    count += 1
  }
  return { count, precision: 'EXACT' }
}
