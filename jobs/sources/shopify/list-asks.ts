import { z } from 'zod'
import type { Ask } from '../../../sinks/shopify/asks.ts'
import type { Shopify } from '../../../sinks/shopify/client.ts'
import type { BulkRoot } from './bulk-query.ts'
import type { Span } from './slice.ts'

/** One record of a list: whether its filter is understood is only said in a direct answer. */
const page = z.object({ edges: z.array(z.object({ node: z.object({ id: z.string() }) })) })

type List = Pick<BulkRoot, 'root' | 'with' | 'unsearched'>

export const askProbe = (list: List): Ask<unknown> => ({
  name: list.root,
  kind: 'query',
  text: `query boomerangProbe${declared(list)} { ${asked(list, 'first: 1')} { edges { node { id } } } }`,
  answer: z.unknown(),
})

/** The first and the last record of a list, in the order of its ids. */
export const askEnds = (list: List): Ask<{ first: z.infer<typeof page>; last: z.infer<typeof page> }> => ({
  name: `${list.root}Ends`,
  kind: 'query',
  text: `query boomerangEnds${declared(list)} {
  first: ${asked(list, inIdOrder(list, 'first: 1'))} { edges { node { id } } }
  last: ${asked(list, inIdOrder(list, 'first: 1, reverse: true'))} { edges { node { id } } }
}`,
  answer: z.object({ first: page, last: page }),
})

/** Lists that can be searched by id and stand in another order (schema of 2026-07; the others' `sortKey` is ID where nothing is said). */
const elsewhere = ['orders']

const inIdOrder = ({ root }: List, which: string): string =>
  elsewhere.includes(root) ? `${which}, sortKey: ID` : which

const declared = ({ unsearched }: List): string => (unsearched === true ? '' : '($filter: String!)')

const asked = ({ root, with: given, unsearched }: List, which: string): string =>
  `${root}(${[which, given, unsearched === true ? undefined : 'query: $filter'].filter(part => part !== undefined).join(', ')})`

/** The smallest and the largest number of an id in what the filter finds; one and the same where the list cannot be searched by it. */
export async function boundsOf(shopify: Shopify, list: List, filter: string): Promise<Span> {
  if (list.unsearched === true) return { from: 0, to: 0 }
  const { first, last } = await shopify.data(askEnds(list), { filter })
  const numberOf = (edges: (typeof first)['edges']): number =>
    Number(/([0-9]+)(\?.*)?$/.exec(edges[0]?.node.id ?? '')?.[1] ?? 0)
  return { from: numberOf(first.edges), to: numberOf(last.edges) }
}
