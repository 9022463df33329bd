import type { Interval } from '../../../contracts/connection.ts'
import type { Context } from '../../../contracts/context.ts'
import type { Ask } from '../../../sinks/shopify/asks.ts'
import { type Shopify, shopifyClient } from '../../../sinks/shopify/client.ts'
import type { Claim, Delivery, ExtractRequest, SourceObject } from '../source.ts'
import { awaitBulk, type Completed, completeBulk, forgetBulk } from './bulk.ts'
import { downloadBytes } from './download.ts'

export interface BulkObject {
  /** `storefront.orders`; the landed file is `orders.jsonl`. */
  readonly name: string
  readonly overlapMs: number
  readonly claims: readonly Claim[]
  readonly query: (interval: Interval) => string
  /** Asks for one record by the same filter: only a direct answer says whether Shopify understands it. */
  readonly probe?: { readonly ask: Ask<unknown>; readonly filter: (interval: Interval) => string }
}

/** A kind of record that a shop gives as the result of one bulk query for each interval. */
export const bulkObject = ({ name, overlapMs, claims, query, probe }: BulkObject): SourceObject => ({
  name,
  format: 'ndjson',
  overlapMs,
  claims,
  async *extract(ctx, request) {
    const { connection, interval } = request
    const shopify = shopifyClient(ctx, connection)
    const completed = await completeBulk(ctx, shopify, {
      query: query(interval),
      interval,
      async probe() {
        if (probe !== undefined) await shopify.data(probe.ask, { filter: probe.filter(interval) })
      },
    })
    yield await landResult(ctx, { request, shopify, completed, file: `${name.replace(/^.*\./, '')}.jsonl` })
  },
})

interface Result {
  readonly request: ExtractRequest
  readonly shopify: Shopify
  readonly completed: Completed
  readonly file: string
}

/** A result without a record has no file; an empty one is landed, so that the counts have something to agree with. */
async function landResult(ctx: Context, { request, shopify, completed, file }: Result): Promise<Delivery> {
  const { id, url, bytes, records, roots } = completed
  const renew = async (): Promise<string> => (await awaitBulk(ctx, shopify, id)).url ?? ''
  const where = `${shopify.where}, result of ${id}`
  const lost = (): Promise<void> => forgetBulk(ctx)
  const stream = url === null ? nothing() : downloadBytes(ctx, { url, renew, lost, bytes, where })
  const landed = await request.land(file, stream)
  return { landed, promised: { records, roots, ...(bytes === null ? {} : { bytes }) } }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
