import { createReadStream } from 'node:fs'
import { unlink } from 'node:fs/promises'
import { basename } from 'node:path'
import { z } from 'zod'
import type { Json } from '../../../contracts/context.ts'
import { parsedJson } from '../../../contracts/parsed-json.ts'
import { deletion } from '../../../contracts/storefront/deletion.ts'
import { event } from '../../../contracts/storefront/event.ts'
import { type Shopify, shopifyClient } from '../../../sinks/shopify/client.ts'
import { linesOf } from '../../landed-text.ts'
import { sealedPieces } from '../../spool.ts'
import { claimOf, type Delivery, type ExtractRequest, type SourceObject } from '../source.ts'
import { claimsOf } from './bulk-query.ts'
import { customers } from './customers.ts'
import { nodesOf } from './nodes.ts'
import type { BulkObject } from './object.ts'
import { orders } from './orders.ts'
import { products } from './products.ts'

const eventClaim = claimOf(event, {
  kind: 'Event',
  fields: {
    event_id: 'event_id',
    topic: 'topic',
    subject_id: 'subject_id',
    emitted_at: 'emitted_at',
    received_at: 'received_at',
    acknowledged_at: 'acknowledged_at',
    attempts: 'attempts',
  },
})

const deletionClaim = claimOf(deletion, {
  kind: 'Deletion',
  fields: {
    event_id: 'event_id',
    subject_id: 'subject_id',
    subject_type: 'subject_type',
    action: 'action',
    deleted_at: 'deleted_at',
  },
})

/** What an event makes worth reading anew, by the type of its subject. */
const readAnew: Readonly<Record<string, BulkObject>> = { Order: orders, Customer: customers, Product: products }

/**
 * What the shop told of by itself since the last time. An event is a word, not a record: its payload has another form than the records, may
 * be old when it comes, and is kept beside. What it speaks of is read anew, as it stands now, in the form in which bulk queries
 * give it, and goes through the same gate; so an event that is older than what is loaded never wins.
 */
export const events: SourceObject = {
  name: 'storefront.events',
  format: 'ndjson',
  overlapMs: 0,
  changeSignal: 'an event, as the shop tells of it',
  claims: [eventClaim, deletionClaim, ...Object.values(readAnew).flatMap(claimsOf)],
  async *extract(ctx, request) {
    const told = await takeIn(request)
    yield await landLines(request, 'events.jsonl', told.map(eventLine))
    const gone = told.filter(({ topic, subject_id }) => topic.endsWith('/delete') && typeOf(subject_id) !== undefined)
    if (gone.length > 0) yield await landLines(request, 'deletions.jsonl', gone.map(deletionLine))
    const shopify = shopifyClient(ctx, request.connection)
    for (const [type, object] of Object.entries(readAnew)) {
      const ids = subjectsOf(told, type)
      if (ids.length > 0) yield await landLines(request, `${type}.jsonl`, read(shopify, { type, object, ids }))
    }
  },
  async after({ spool }, landed) {
    const names = new Set(landed.map(({ name }) => name))
    const pieces = spool === undefined ? [] : await sealedPieces(spool)
    for (const piece of pieces) if (names.has(basename(piece))) await unlink(piece)
  },
}

const delivered = z
  .object({
    id: z.string(),
    topic: z.string(),
    subject: z.string().nullable(),
    emittedAt: z.string().nullable(),
    receivedAt: z.string(),
    attempts: z.number(),
  })
  .transform(({ id, topic, subject, emittedAt, receivedAt, attempts }) => ({
    event_id: id,
    topic,
    subject_id: subject,
    emitted_at: emittedAt,
    received_at: receivedAt,
    attempts,
  }))
type Told = z.infer<typeof delivered> & { readonly acknowledged_at: string | null }

const spooled = z.union([z.object({ event: delivered }), z.object({ safe: z.string(), lines: z.number() })])

/** Lands the spooled pieces as they are, and reads them. */
async function takeIn({ spool, land, setAside }: ExtractRequest): Promise<readonly Told[]> {
  const found: Told[] = []
  for (const piece of spool === undefined ? [] : await sealedPieces(spool)) {
    const landed = await land(basename(piece), createReadStream(piece))
    setAside?.({ kind: 'beside', landed, why: 'events, as they were delivered' })
    found.push(...(await toldBy(piece)))
  }
  return found
}

/** A half line is what a killed process left of an event that it had not acknowledged. */
async function toldBy(piece: string): Promise<readonly Told[]> {
  const found: Told[] = []
  for await (const { bytes } of linesOf(piece)) {
    const line = spooled.safeParse(parsedJson(bytes.toString('utf8')))
    if (!line.success) continue
    if ('event' in line.data) found.push({ ...line.data.event, acknowledged_at: null })
    else {
      const { safe, lines } = line.data
      for (let at = Math.max(0, found.length - lines); at < found.length; at += 1)
        found[at] = acknowledged(found[at] as Told, safe)
    }
  }
  return found
}

/** A clock that was set back in between must not make it look acknowledged before it was received. */
const acknowledged = (each: Told, safe: string): Told => ({
  ...each,
  acknowledged_at: safe < each.received_at ? each.received_at : safe,
})

const eventLine = (each: Told): Json => ({ __typename: 'Event', ...each, subject_id: each.subject_id ?? '' })

const deletionLine = ({ event_id, subject_id, emitted_at, received_at }: Told): Json => ({
  __typename: 'Deletion',
  event_id,
  subject_id,
  subject_type: (typeOf(subject_id) ?? '').replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase(),
  action: 'destroy',
  deleted_at: emitted_at ?? received_at,
})

/** The type of what can be asked for by its id; a single id that is none would make the shop refuse all that are asked with it. */
const typeOf = (gid: string | null): string | undefined =>
  /^gid:\/\/shopify\/([A-Za-z]+)\/[1-9][0-9]{0,18}$/.exec(gid ?? '')?.[1]

const subjectsOf = (all: readonly Told[], type: string): readonly string[] => [
  ...new Set(
    all.flatMap(({ subject_id, topic }) =>
      subject_id !== null && typeOf(subject_id) === type && !topic.endsWith('/delete') ? [subject_id] : [],
    ),
  ),
]

async function landLines(
  { land }: ExtractRequest,
  name: string,
  lines: Iterable<Json> | AsyncIterable<Json>,
): Promise<Delivery> {
  let records = 0
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    for await (const line of lines) {
      records += 1
      yield Buffer.from(`${JSON.stringify(line)}\n`)
    }
  }
  const landed = await land(name, bytes())
  return { landed, promised: { records, bytes: landed.bytes } }
}

/** The subjects as they stand now; what has more below it than one page is left to the night. */
async function* read(
  shopify: Shopify,
  { type, object, ids }: { readonly type: string; readonly object: BulkObject; readonly ids: readonly string[] },
): AsyncGenerator<Json> {
  const atOnce = object.below === undefined ? 25 : 1
  for await (const { own, below } of nodesOf(shopify, { type, lines: object, ids, atOnce }))
    if (below !== undefined) yield* [own, ...below]
}
