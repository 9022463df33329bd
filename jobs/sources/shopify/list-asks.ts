import { z } from 'zod'
import type { Ask } from '../../../sinks/shopify/asks.ts'
import type { Shopify } from '../../../sinks/shopify/client.ts'
import type { Span } from './slice.ts'

/** One record of a list: whether its filter is understood is only said in a direct answer. */
const page = z.object({ edges: z.array(z.object({ node: z.object({ id: z.string() }) })) })

export const askProbe = (root: string): Ask<unknown> => ({
  name: root,
  kind: 'query',
  text: `query boomerangProbe($filter: String!) { ${root}(first: 1, query: $filter) { edges { node { id } } } }`,
  answer: z.unknown(),
})

/** The first and the last record of a list, which stands in the order of its ids by default. */
export const askEnds = (root: string): Ask<{ first: z.infer<typeof page>; last: z.infer<typeof page> }> => ({
  name: `${root}Ends`,
  kind: 'query',
  text: `query boomerangEnds($filter: String!) {
  first: ${root}(first: 1, query: $filter) { edges { node { id } } }
  last: ${root}(first: 1, query: $filter, reverse: true) { edges { node { id } } }
}`,
  answer: z.object({ first: page, last: page }),
})

/** The smallest and the largest number of an id in what the filter finds. */
export async function boundsOf(shopify: Shopify, root: string, filter: string): Promise<Span> {
  const { first, last } = await shopify.data(askEnds(root), { filter })
  const numberOf = (edges: (typeof first)['edges']): number =>
    Number(/([0-9]+)(\?.*)?$/.exec(edges[0]?.node.id ?? '')?.[1] ?? 0)
  return { from: numberOf(first.edges), to: numberOf(last.edges) }
}
