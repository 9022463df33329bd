import { z } from 'zod'
import type { Context, Json } from '../../../contracts/context.ts'
import { Fault } from '../../../contracts/fault.ts'
import type { Ask } from '../../../sinks/shopify/asks.ts'
import { type Shopify, shopifyClient } from '../../../sinks/shopify/client.ts'
import type { Delivery, ExtractRequest, SourceObject } from '../source.ts'
import { awaitBulk, type Completed, type Ending, endBulk, type Failed } from './bulk.ts'
import { type BulkRoot, bulkQuery, claimsOf } from './bulk-query.ts'
import { downloadBytes } from './download.ts'
import { type Part, type Parts, partsOf } from './parts.ts'
import { type Clock, filterOf, pointOf, type Span, split } from './slice.ts'

export interface BulkObject extends BulkRoot {
  /** `storefront.orders`; the landed file is `orders.jsonl`. */
  readonly name: string
  readonly clock: Clock
  readonly overlapMs: number
  readonly whole?: true
  readonly every?: number
}

/**
 * A kind of record that a shop gives as the result of a bulk query for each interval. Where an operation fails, its part is asked for
 * again, then in halves: of its time, and within one second of its ids; what is left in the end is set aside as a gap, with its reason.
 */
export const bulkObject = (object: BulkObject): SourceObject => ({
  name: object.name,
  format: 'ndjson',
  overlapMs: object.overlapMs,
  claims: claimsOf(object),
  ...(object.whole === undefined ? {} : { whole: object.whole }),
  ...(object.every === undefined ? {} : { every: object.every }),
  async *extract(ctx, request) {
    const reading: Reading = { ctx, request, object, shopify: shopifyClient(ctx, request.connection) }
    const parts = await partsOf(ctx, { ...request, clock: object.clock, text: bulkQuery(object, '') })
    await probe(reading, parts)
    for (let at = 0; at < parts.all.length; ) {
      const delivery = await readPart(reading, parts, at)
      if (delivery === undefined) continue
      if (delivery !== 'gap') yield delivery
      at += 1
    }
  },
})

interface Reading {
  readonly ctx: Context
  readonly request: ExtractRequest
  readonly object: BulkObject
  readonly shopify: Shopify
}

/** One record by the same filter: only a direct answer says whether Shopify understands it; of one that it does not, it gives everything. */
async function probe({ object, shopify }: Reading, { all }: Parts): Promise<void> {
  const [{ slice } = { slice: {} }] = all
  const filter = filterOf(object.clock, slice)
  if (filter !== undefined && all.every(({ operation }) => operation === undefined))
    await shopify.data(askProbe(object.root), { filter })
}

/** The part's delivery; `gap` where it has been given up; undefined where it was put back, whole or in halves, to be read again. */
async function readPart(reading: Reading, parts: Parts, at: number): Promise<Delivery | 'gap' | undefined> {
  const { ctx, shopify, object } = reading
  const part = parts.all[at] as Part
  if (part.givenUp !== undefined) return setAside(reading, part)
  const ending = await endBulk(ctx, shopify, {
    query: bulkQuery(object, filterOf(object.clock, part.slice)),
    known: part.operation,
    remember: operation => parts.replace(at, { ...part, operation }),
  })
  const read = ending.state === 'completed' ? await land(reading, parts, { at, completed: ending }) : ending
  if (!('state' in read)) {
    if (part.gap !== undefined) reading.request.setAside?.({ kind: 'filled', gap: part.gap })
    return read
  }
  await keepPartial(reading, read, at)
  await parts.replace(at, ...(await afterFailure(reading, parts, { part, read })))
  return undefined
}

/** What becomes of a part whose operation failed: it is read again, or in halves, or given up. */
async function afterFailure(
  { ctx, object, shopify }: Reading,
  parts: Parts,
  { part, read }: { readonly part: Part; readonly read: Failed },
): Promise<readonly Part[]> {
  const { slice, tries, gap } = part
  ctx.log('bulk failed', {
    id: read.id,
    why: read.what,
    tries: tries + 1,
    slice: filterOf(object.clock, slice) ?? 'all',
  })
  const fresh: Part = { slice, tries: tries + 1, ...(gap === undefined ? {} : { gap }) }
  if (read.next !== 'less' && tries + 1 < triesOfWhole) {
    await ctx.sleep(againMs)
    return [fresh]
  }
  if (read.next === 'later') throw cancelled(read, shopify.where)
  const ids = await boundsOf(shopify, object, part)
  const halves = parts.all.length < mostParts ? split(slice, { now: pointOf(object.clock, ctx.now()), ids }) : undefined
  if (halves !== undefined) return halves.map(half => ({ slice: half, tries: triesOfWhole - 1 }))
  if (tries + 1 <= triesOfWhole) return [fresh]
  return [{ ...fresh, givenUp: `${read.what} (${read.id})` }]
}

const cancelled = ({ what, id }: Failed, where: string): Fault =>
  new Fault({
    what,
    where: `${where}, ${id}`,
    hint: 'Another program or a person cancels the operations of this app; find out who. It is tried again later.',
    retry: 'later',
  })

const triesOfWhole = 2
const againMs = 15_000
/** Halves of halves: enough to find one record in a night of millions, and an end to a shop that fails every operation. */
const mostParts = 64

function setAside({ request, object, shopify }: Reading, { slice, givenUp = '' }: Part): 'gap' {
  const gap = {
    id: `${object.name} ${filterOf(object.clock, slice) ?? 'all'}`,
    slice: JSON.parse(JSON.stringify(slice)) as Json,
    why: givenUp,
  }
  if (request.setAside === undefined)
    throw new Fault({
      what: `a part cannot be read: ${givenUp}`,
      where: `${shopify.where}, ${gap.id}`,
      hint: 'It is tried again later. If it stays so, give Shopify’s support the id of the operation.',
      retry: 'later',
    })
  request.setAside({ kind: 'gap', gap })
  return 'gap'
}

/** What a failed operation left, kept for whoever looks into it; nothing loads it. */
async function keepPartial(
  { ctx, request, object, shopify }: Reading,
  { partial, id, what }: Failed,
  at: number,
): Promise<void> {
  if (partial === null || request.setAside === undefined) return
  const never = (): Promise<never> =>
    Promise.reject(new Fault({ what: 'expired', where: id, hint: '', retry: 'later' }))
  const download = {
    url: partial,
    renew: never,
    lost: async () => undefined,
    bytes: null,
    where: `${shopify.where}, ${id}`,
  }
  try {
    const landed = await request.land(
      `${fileOf(object, at)}.${id.replace(/^.*\//, '')}.partial`,
      downloadBytes(ctx, download),
    )
    request.setAside({ kind: 'partial', landed, why: what })
  } catch (error) {
    ctx.signal.throwIfAborted()
    ctx.log('partial data not kept', { id, why: error instanceof Error ? error.message : String(error) })
  }
}

const fileOf = ({ name }: BulkObject, at: number): string =>
  `${name.replace(/^.*\./, '')}${at === 0 ? '' : `-${at + 1}`}.jsonl`

interface Landing {
  readonly at: number
  readonly completed: Completed
}

/**
 * A result without a record has no file; an empty one is landed, so that the counts have something to agree with. A file that is not
 * what Shopify counted is a failed operation: asking for the same file again would not mend it.
 */
async function land(
  { ctx, request, shopify, object }: Reading,
  parts: Parts,
  { at, completed }: Landing,
): Promise<Delivery | Failed> {
  const { id, url, bytes, records, roots } = completed
  const part = parts.all[at] as Part
  const renew = async (): Promise<string> => urlOf(await awaitBulk(ctx, shopify, id))
  const where = `${shopify.where}, result of ${id}`
  const lost = (): Promise<void> => parts.replace(at, without(part))
  const stream = url === null ? nothing() : downloadBytes(ctx, { url, renew, lost, bytes, where })
  const children = childCount(stream)
  const landed = await request.land(fileOf(object, at), children.bytes)
  const found = { records: landed.lines, roots: (landed.lines ?? 0) - children.count(), bytes: landed.bytes }
  const differs = Object.entries({ records, roots, ...(bytes === null ? {} : { bytes }) }).find(
    ([what, said]) => found[what as keyof typeof found] !== said,
  )
  if (differs === undefined) return { landed, promised: { records, roots, ...(bytes === null ? {} : { bytes }) } }
  const [what, said] = differs
  const why = `Shopify counted ${said} ${what}, and its file holds ${found[what as keyof typeof found]}`
  return { state: 'failed', id, what: why, next: 'again', partial: null }
}

/** The next attempt starts an operation of its own. */
const without = ({ operation: _, ...part }: Part): Part => part

const urlOf = (ending: Ending): string => (ending.state === 'completed' ? (ending.url ?? '') : '')

async function* nothing(): AsyncGenerator<Uint8Array> {}

const parentKey = Buffer.from('"__parentId":')

/** Counts the lines that name a parent while they pass; the key cannot stand inside a text, where its quotes are escaped. */
function childCount(stream: AsyncIterable<Uint8Array>): { readonly bytes: AsyncIterable<Uint8Array>; count(): number } {
  let children = 0
  async function* counted(): AsyncGenerator<Uint8Array> {
    let rest: Buffer = Buffer.alloc(0)
    for await (const chunk of stream) {
      const text = Buffer.concat([rest, chunk])
      for (let found = text.indexOf(parentKey); found >= 0; found = text.indexOf(parentKey, found + parentKey.length))
        children += 1
      rest = Buffer.from(text.subarray(Math.max(0, text.length - parentKey.length + 1)))
      yield chunk
    }
  }
  return { bytes: counted(), count: () => children }
}

/** The smallest and the largest number of an id in the part. */
async function boundsOf(shopify: Shopify, { root, clock }: BulkObject, { slice }: Part): Promise<Span> {
  if (slice.ids !== undefined) return slice.ids
  const filter = filterOf(clock, slice) ?? ''
  const { first, last } = await shopify.data(askEnds(root), { filter })
  const numberOf = (edges: (typeof first)['edges']): number =>
    Number(/([0-9]+)(\?.*)?$/.exec(edges[0]?.node.id ?? '')?.[1] ?? 0)
  return { from: numberOf(first.edges), to: numberOf(last.edges) }
}

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
