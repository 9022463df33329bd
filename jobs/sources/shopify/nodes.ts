import { z } from 'zod'
import type { Json } from '../../../contracts/context.ts'
import type { Ask } from '../../../sinks/shopify/asks.ts'
import type { Shopify } from '../../../sinks/shopify/client.ts'
import { type Lines, nodesQuery } from './bulk-query.ts'

/** Objects that are asked for by their ids, in the form in which bulk queries give them. */
export interface Wanted {
  readonly type: string
  readonly lines: Lines
  readonly ids: readonly string[]
  /** So many objects a question. */
  readonly atOnce: number
}

/** One object: its own line, and those below it, where one page held them all. */
export interface Found {
  readonly id: string
  readonly own: Json
  readonly below: readonly Json[] | undefined
}

/** Objects as they stand now, one after the other; what is not there any more is left out. */
export async function* nodesOf(shopify: Shopify, { type, lines, ids, atOnce }: Wanted): AsyncGenerator<Found> {
  const ask = askNodes(lines, type)
  for (let at = 0; at < ids.length; at += atOnce) {
    const { nodes } = await shopify.data(ask, { ids: ids.slice(at, at + atOnce) })
    for (const each of nodes) {
      if (each === null) continue
      yield { id: String(each.id), own: ownOf(each, lines), below: belowOf(each, lines) }
    }
  }
}

const node = z.record(z.string(), z.json())
type Node = z.infer<typeof node>

const page = z.object({
  edges: z.array(z.object({ node })),
  pageInfo: z.object({ hasNextPage: z.boolean() }),
})

export const askNodes = (lines: Lines, type: string): Ask<{ nodes: (Node | null)[] }> => ({
  name: `nodes of ${type}`,
  kind: 'query',
  text: nodesQuery(lines, type),
  answer: z.object({ nodes: z.array(node.nullable()) }),
})

/** A line for each below the node; undefined where one page does not hold all. */
function belowOf(each: Node, { below = {} }: Pick<Lines, 'below'>): readonly Json[] | undefined {
  const lines: Json[] = []
  for (const [name, inner] of Object.entries(below)) {
    const { edges, pageInfo } = page.parse(each[name])
    const found = edges.map(edge => withBelow({ ...edge.node, __parentId: each.id ?? null }, inner))
    if (pageInfo.hasNextPage || found.includes(undefined)) return undefined
    lines.push(...found.flatMap(line => line ?? []))
  }
  return lines
}

function withBelow(each: Node, lines: Pick<Lines, 'below'>): readonly Json[] | undefined {
  const below = belowOf(each, lines)
  return below && [ownOf(each, lines), ...below]
}

const ownOf = (each: Node, { below = {} }: Pick<Lines, 'below'>): Json =>
  Object.fromEntries(Object.entries(each).filter(([name]) => below[name] === undefined))
