import { z } from 'zod'
import type { Json } from '../../../contracts/context.ts'
import type { Ask } from '../../../sinks/shopify/asks.ts'
import { type Shopify, shopifyClient } from '../../../sinks/shopify/client.ts'
import { fileOf, type SourceObject } from '../source.ts'
import { belowQuery, claimsOf, type Lines } from './bulk-query.ts'
import { type Found, nodesOf } from './nodes.ts'
import { type Page, page, pagesOf } from './pages.ts'

/** What stands beneath the elements of a list, where no bulk query reaches: they are known by their ids, and asked for by them. */
export interface Beneath extends Lines {
  readonly name: string
  /** The type of the elements: `Refund`. */
  readonly type: string
  readonly follows: NonNullable<SourceObject['follows']>
  readonly below: Readonly<Record<string, Omit<Lines, 'below'>>>
  /** So many elements a question: one must not cost more than 1,000 points, and should leave the bucket half full. */
  readonly atOnce: number
  /** So many elements an interval; the rest is left to those after it. */
  readonly aNight: number
}

/** Elements with all beneath them, those that were not read since they changed, the newest first. */
export const beneath = (object: Beneath): SourceObject => ({
  name: object.name,
  format: 'ndjson',
  overlapMs: 0,
  changeSignal: `${object.follows.changed} of ${object.follows.contract.name}`,
  claims: claimsOf(object),
  follows: object.follows,
  async *extract(ctx, { connection, land, due, setAside }) {
    const found = await due?.(object.aNight)
    if (found === undefined || found.keys.length === 0) return
    const shopify = shopifyClient(ctx, connection)
    let [records, roots] = [0, 0]
    const bytes = async function* (): AsyncGenerator<Uint8Array> {
      for await (const each of nodesOf(shopify, { ...object, lines: object, ids: found.keys })) {
        const lines = [each.own, ...(each.below ?? (await allBelow(shopify, object, each)))]
        roots += 1
        records += lines.length
        yield Buffer.from(lines.map(line => `${JSON.stringify(line)}\n`).join(''))
      }
    }
    const landed = await land(fileOf(object), bytes())
    if (found.left > 0) setAside?.({ kind: 'left', records: found.left })
    yield { landed, promised: { records, roots, bytes: landed.bytes } }
  },
})

/** Page by page, for an element that has more beneath it than a question for many of them gives. */
async function allBelow(shopify: Shopify, { type, below, name }: Beneath, { id }: Found): Promise<readonly Json[]> {
  const all: Json[] = []
  for (const [list, lines] of Object.entries(below)) {
    const ask = askBelow(type, list, lines)
    const next = (after: string | null): Promise<Page | null> => shopify.data(ask, { id, after })
    for await (const nodes of pagesOf({ name: `${name}, ${id}`, where: shopify.where, next }))
      all.push(...nodes.map(node => ({ ...(node as object), __parentId: id })))
  }
  return all
}

export const askBelow = (type: string, list: string, lines: Lines): Ask<Page | null> => ({
  name: `${list} of ${type}`,
  kind: 'query',
  text: belowQuery(type, list, lines),
  answer: z
    .object({ node: z.object({ [list]: page }).nullable() })
    .transform(({ node }) => (node === null ? null : (node[list] as Page))),
})
