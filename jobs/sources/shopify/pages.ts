import { z } from 'zod'
import type { Interval } from '../../../contracts/connection.ts'
import type { Json } from '../../../contracts/context.ts'
import { Fault } from '../../../contracts/fault.ts'
import type { Ask } from '../../../sinks/shopify/asks.ts'
import { type Shopify, shopifyClient } from '../../../sinks/shopify/client.ts'
import type { Claim, SourceObject } from '../source.ts'

/** What bulk queries do not reach, read page by page: for lists that are short. */
export interface PagedList {
  readonly name: string
  readonly overlapMs: number
  readonly claims: readonly Claim[]
  /** The list of the schema's query root. */
  readonly root: string
  /** What is selected of a node. */
  readonly select: string
  readonly filter: (interval: Interval) => string
}

/** Records a page: the most that Shopify gives. */
const pageSize = 250

/** A short list of a shop, oldest id first, so that what is added while it is read comes last and is read too. */
export const pagedList = (list: PagedList): SourceObject => ({
  name: list.name,
  format: 'ndjson',
  overlapMs: list.overlapMs,
  claims: list.claims,
  async *extract(ctx, { connection, interval, land }) {
    const shopify = shopifyClient(ctx, connection)
    let records = 0
    const counted = async function* (): AsyncGenerator<Uint8Array> {
      for await (const nodes of pagesOf(shopify, list, list.filter(interval))) {
        records += nodes.length
        yield Buffer.from(nodes.map(node => `${JSON.stringify(node)}\n`).join(''))
      }
    }
    const landed = await land(`${list.name.replace(/^.*\./, '')}.jsonl`, counted())
    yield { landed, promised: { records, roots: records, bytes: landed.bytes } }
  },
})

async function* pagesOf(shopify: Shopify, list: PagedList, filter: string): AsyncGenerator<readonly Json[]> {
  const ask = askPage(list)
  const seen = new Set<string>()
  for (let after: string | null = null; ; ) {
    const page: Page = await shopify.data(ask, { filter, after, first: pageSize })
    yield page.edges.map(({ node }) => node)
    const { hasNextPage, endCursor } = page.pageInfo
    if (!hasNextPage) return
    if (endCursor === null || seen.has(endCursor)) throw circling(shopify.where, list.name)
    seen.add(endCursor)
    after = endCursor
  }
}

const circling = (where: string, name: string): Fault =>
  new Fault({
    what: `the pages of ${name} lead in a circle: a cursor came twice, or none came where more was promised`,
    where,
    hint: 'Nothing of it is loaded and the interval stays open. It is read again.',
    retry: 'later',
  })

const page = z.object({
  edges: z.array(z.object({ node: z.json() })),
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
})
type Page = z.infer<typeof page>

export const askPage = ({ root, select }: Pick<PagedList, 'root' | 'select'>): Ask<Page> => ({
  name: root,
  kind: 'query',
  text: `query boomerangPage($filter: String!, $after: String, $first: Int!) {
  ${root}(first: $first, after: $after, sortKey: ID, query: $filter) {
    edges { node { ${select} } }
    pageInfo { hasNextPage endCursor }
  }
}`,
  answer: z.object({ [root]: page }).transform(found => found[root] as Page),
})
