import type { Context, Json } from '../../../contracts/context.ts'
import { Fault } from '../../../contracts/fault.ts'
import { instantOf } from '../../../contracts/instant.ts'
import { type Shopify, shopifyClient } from '../../../sinks/shopify/client.ts'
import { type Delivery, type ExtractRequest, fileOf, type SourceObject } from '../source.ts'
import { endBulk, type Failed } from './bulk.ts'
import { type BulkRoot, bulkQuery, claimsOf } from './bulk-query.ts'
import { askProbe, boundsOf } from './list-asks.ts'
import { type Part, type Parts, partsOf } from './parts.ts'
import { landPartial, landResult } from './result.ts'
import { columnsWithout, lacksOf, type Need } from './rights.ts'
import {
  type Clock,
  clockWords,
  filterOf,
  pointOf,
  type Rolling,
  type Slice,
  shareOf,
  sliceOf,
  sliceSince,
  split,
} from './slice.ts'

export interface BulkObject extends BulkRoot {
  /** `storefront.orders`; the landed file is `orders.jsonl`. */
  readonly name: string
  readonly clock: Clock
  readonly overlapMs: number
  readonly whole?: true
  readonly every?: number
  readonly needs?: readonly Need[]
  /** Set where it reads again what another object has read, a share of it each night. */
  readonly rolling?: Rolling
}

/**
 * A kind of record that a shop gives as the result of a bulk query for each interval. Where an operation fails, its part is asked for
 * again, then in halves: of its time, and within one second of its ids; what is left in the end is set aside as a gap, with its reason.
 */
export const bulkObject = (object: BulkObject): SourceObject => ({
  name: object.name,
  format: 'ndjson',
  overlapMs: object.overlapMs,
  changeSignal: object.rolling === undefined ? clockWords[object.clock] : 'none: read again in turn',
  claims: claimsOf(object),
  ...(object.whole === undefined ? {} : { whole: object.whole }),
  ...(object.every === undefined ? {} : { every: object.every }),
  ...(object.rolling === undefined ? {} : { rereads: true }),
  async lacks(ctx, connection) {
    const interval = { from: connection.since, to: instantOf(ctx.now()) }
    const shopify = shopifyClient(ctx, connection)
    await shopify.data(askProbe(object), { filter: '' })
    const lacks = await lacksOf(shopify, { needs: object.needs ?? [], name: object.name, interval, now: ctx.now() })
    return lacks.map(
      ({ scope, fields }) =>
        `without the access scope ${scope} these stay empty: ${columnsWithout(object, fields).join(', ')}`,
    )
  },
  async *extract(ctx, request) {
    const slice = sliceFor(object, request)
    if (slice === undefined) return
    const shopify = shopifyClient(ctx, request.connection)
    const { needs = [], name } = object
    const lacks = await lacksOf(shopify, { needs, name, interval: request.interval, now: ctx.now() })
    for (const { scope, fields } of lacks)
      request.setAside?.({ kind: 'dropped', scope, columns: columnsWithout(object, fields) })
    const reading: Reading = { ctx, request, object, shopify, without: lacks.flatMap(({ fields }) => fields) }
    const parts = await partsOf(ctx, { ...request, slice, text: bulkQuery(object, '', reading.without) })
    await probe(reading, parts)
    for (let at = 0; at < parts.all.length; ) {
      const delivery = await readPart(reading, parts, at)
      if (delivery === undefined) continue
      if (delivery !== 'gap') yield delivery
      at += 1
    }
    for (const gap of filledBy(object, parts)) request.setAside?.({ kind: 'filled', gap })
  },
})

/** What is read for the interval; undefined where the interval itself has only now brought all that would be read again. */
function sliceFor({ clock, rolling }: BulkObject, { interval, ends }: ExtractRequest): Slice | undefined {
  const { from, to } = interval
  if (rolling === undefined) return ends === true ? sliceOf(clock, { from, to }) : sliceSince(clock, from)
  const share = shareOf(rolling, to)
  return (share.time?.from ?? 0) < pointOf(clock, new Date(from)) ? share : undefined
}

interface Reading {
  readonly ctx: Context
  readonly request: ExtractRequest
  readonly object: BulkObject
  readonly shopify: Shopify
  /** Fields that the app may not read. */
  readonly without: readonly string[]
}

/** One record by the same filter: only a direct answer says whether Shopify understands it; of one that it does not, it gives everything. */
async function probe({ object, shopify }: Reading, { all }: Parts): Promise<void> {
  const [{ slice } = { slice: {} }] = all
  const filter = filterOf(object.clock, slice)
  if (filter !== undefined && all.every(({ operation }) => operation === undefined))
    await shopify.data(askProbe(object), { filter })
}

/** The part's delivery; `gap` where it has been given up; undefined where it was put back, whole or in halves, to be read again. */
async function readPart(reading: Reading, parts: Parts, at: number): Promise<Delivery | 'gap' | undefined> {
  const { ctx, shopify, object, without } = reading
  const part = parts.all[at] as Part
  if (part.givenUp !== undefined) return leaveGap(reading, part)
  const ending = await endBulk(ctx, shopify, {
    query: bulkQuery(object, filterOf(object.clock, part.slice), without),
    known: part.operation,
    remember: operation => parts.replace(at, { ...part, operation }),
    ...(reading.request.heard === undefined ? {} : { heard: reading.request.heard }),
  })
  const { land, setAside: aside } = reading.request
  const lost = (): Promise<void> => parts.replace(at, begunAnew(parts.all[at] as Part))
  const place = { shopify, land, lost, file: fileOf(object, at), ...(aside === undefined ? {} : { setAside: aside }) }
  const read = ending.state === 'completed' ? await landResult(ctx, place, ending) : ending
  if (!('state' in read)) return { ...read, ...asOf(parts.all[at] as Part) }
  await landPartial(ctx, place, read)
  await parts.replace(at, ...(await afterFailure(reading, parts, { part, read })))
  return undefined
}

/** An operation tells how things were when it was begun, whenever its result is fetched. */
const asOf = ({ operation }: Part): Pick<Delivery, 'asOf'> => (operation === undefined ? {} : { asOf: operation.mark })

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
  const ids = slice.ids ?? (await boundsOf(shopify, object, filterOf(object.clock, slice) ?? ''))
  const halves = parts.all.length < mostParts ? split(slice, { now: pointOf(object.clock, ctx.now()), ids }) : undefined
  if (halves !== undefined) return halves.map(half => ({ ...fresh, slice: half, tries: triesOfWhole - 1 }))
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

/** Earlier gaps that need no name any more: they were read, or what is left of them has a narrower one. */
function filledBy(object: BulkObject, { all }: Parts): readonly string[] {
  const left = new Set(all.filter(({ givenUp }) => givenUp !== undefined).map(({ slice }) => gapId(object, slice)))
  return [...new Set(all.flatMap(({ gap }) => (gap === undefined ? [] : [gap])))].filter(gap => !left.has(gap))
}

const gapId = ({ name, clock }: BulkObject, slice: Slice): string => `${name} ${filterOf(clock, slice) ?? 'all'}`

function leaveGap({ request, object, shopify }: Reading, { slice, givenUp = '' }: Part): 'gap' {
  const gap = {
    id: gapId(object, slice),
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

/** The next attempt starts an operation of its own. */
const begunAnew = ({ operation: _, ...part }: Part): Part => part
