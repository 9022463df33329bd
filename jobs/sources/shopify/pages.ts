import { z } from 'zod'
import type { Interval } from '../../../contracts/connection.ts'
import type { Json } from '../../../contracts/context.ts'
import { Fault } from '../../../contracts/fault.ts'
import type { Ask } from '../../../sinks/shopify/asks.ts'
import { shopifyClient } from '../../../sinks/shopify/client.ts'
import { type Claim, fileOf, type SourceObject } from '../source.ts'

/** What bulk queries do not reach, read page by page: for lists that are short. */
export interface PagedList {
  readonly name: string
  readonly overlapMs: number
  readonly changeSignal: string
  readonly claims: readonly Claim[]
  /** The list: of the schema's query root, or of the object `under` it. */
  readonly root: string
  /** The object of the query root that the list stands in: `shopifyPaymentsAccount`. A shop that has none has no such list either. */
  readonly under?: string
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
  changeSignal: list.changeSignal,
  claims: list.claims,
  ...(list.under === undefined ? {} : { lacks: absence(list) }),
  async *extract(ctx, { connection, interval, land }) {
    const shopify = shopifyClient(ctx, connection)
    const [ask, filter] = [askPage(list), list.filter(interval)]
    const next: Paging['next'] = after => shopify.data(ask, { filter, after, first: pageSize })
    const pages = pagesOf({ name: list.name, where: shopify.where, next })
    const first = await pages.next()
    if (first.done === true) return ctx.log('list is not there', { object: list.name, connection: connection.name })
    let records = 0
    const counted = async function* (): AsyncGenerator<Uint8Array> {
      for (let page: IteratorResult<readonly Json[]> = first; page.done !== true; page = await pages.next()) {
        records += page.value.length
        yield Buffer.from(page.value.map(node => `${JSON.stringify(node)}\n`).join(''))
      }
    }
    const landed = await land(fileOf(list), counted())
    yield { landed, promised: { records, roots: records, bytes: landed.bytes } }
  },
})

const absence =
  (list: PagedList): NonNullable<SourceObject['lacks']> =>
  async (ctx, connection) => {
    const interval = { from: connection.since, to: connection.since }
    const asked = { filter: list.filter(interval), after: null, first: 1 }
    const page = await shopifyClient(ctx, connection).data(askPage(list), asked)
    return page === null ? [`the shop has no ${list.under}: there is nothing to read`] : []
  }

export interface Paging {
  /** What is paged, and where, for the words of a Fault. */
  readonly name: string
  readonly where: string
  /** The page behind a cursor; null where there is no such list. */
  readonly next: (after: string | null) => Promise<Page | null>
}

/** The pages, of which there is always one, empty or not; none at all where there is no such list. */
export async function* pagesOf(paging: Paging): AsyncGenerator<readonly Json[]> {
  const seen = new Set<string>()
  for (let after: string | null = null; ; ) {
    const page = await paging.next(after)
    if (page === null && after === null) return
    if (page === null) throw circling(paging)
    yield page.edges.map(({ node }) => node)
    const { hasNextPage, endCursor }: Page['pageInfo'] = page.pageInfo
    if (!hasNextPage) return
    if (endCursor === null || seen.has(endCursor)) throw circling(paging)
    seen.add(endCursor)
    after = endCursor
  }
}

const circling = ({ where, name }: Paging): Fault =>
  new Fault({
    what: `the pages of ${name} lead in a circle: a cursor came twice, or nothing came where more was promised`,
    where,
    hint: 'Nothing of it is loaded and the interval stays open. It is read again.',
    retry: 'later',
  })

export const page = z.object({
  edges: z.array(z.object({ node: z.json() })),
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
})
export type Page = z.infer<typeof page>

/** Null where the shop has no object that the list could stand in. */
export const askPage = ({ root, select, under }: Pick<PagedList, 'root' | 'select' | 'under'>): Ask<Page | null> => {
  const found = z.object({ [root]: page }).transform(each => each[root] as Page)
  const list = `${root}(first: $first, after: $after, sortKey: ID, query: $filter) {
    edges { node { ${select} } }
    pageInfo { hasNextPage endCursor }
  }`
  return {
    name: root,
    kind: 'query',
    text: `query boomerangPage($filter: String!, $after: String, $first: Int!) {
  ${under === undefined ? list : `${under} { ${list} }`}
}`,
    answer:
      under === undefined
        ? found
        : z.object({ [under]: found.nullable() }).transform(each => each[under] as Page | null),
  }
}
