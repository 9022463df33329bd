import type { Context } from '../../../contracts/context.ts'
import { Fault, toFault } from '../../../contracts/fault.ts'
import type { Shopify } from '../../../sinks/shopify/client.ts'
import type { Delivery, ExtractRequest } from '../source.ts'
import { awaitBulk, type Completed, type Ending, type Failed } from './bulk.ts'
import { downloadBytes } from './download.ts'

/** Where the result of an operation goes. */
export interface ResultPlace extends Pick<ExtractRequest, 'land' | 'setAside'> {
  readonly shopify: Shopify
  readonly file: string
  /** Told when the file is no longer given out: the next attempt must start another operation. */
  readonly lost: () => Promise<void>
}

/**
 * A result without a record has no file; an empty one is landed, so that the counts have something to agree with. A file that is not
 * what Shopify counted is a failed operation: asking for the same file again would not mend it.
 */
export async function landResult(
  ctx: Context,
  { land, shopify, file, lost }: ResultPlace,
  { id, url, bytes, records, roots }: Completed,
): Promise<Delivery | Failed> {
  const renew = async (): Promise<string> => urlOf(await awaitBulk(ctx, shopify, { id }))
  const where = `${shopify.where}, result of ${id}`
  const stream = url === null ? nothing() : downloadBytes(ctx, { url, renew, lost, bytes, where })
  const children = childCount(stream)
  const landed = await land(file, children.bytes)
  const promised = { records, roots, ...(bytes === null ? {} : { bytes }) }
  const found = { records: landed.lines, roots: (landed.lines ?? 0) - children.count(), bytes: landed.bytes }
  const differs = Object.entries(promised).find(([what, said]) => found[what as keyof typeof found] !== said)
  if (differs === undefined) return { landed, promised }
  const [what, said] = differs
  const why = `Shopify counted ${said} ${what}, and its file holds ${found[what as keyof typeof found]}`
  return { state: 'failed', id, what: why, next: 'again', partial: null }
}

/** What a failed operation left, kept for whoever looks into it; nothing loads it, and nothing depends on it. */
export async function landPartial(
  ctx: Context,
  { land, setAside, shopify, file }: ResultPlace,
  { partial, id, what: why }: Failed,
): Promise<void> {
  if (partial === null || setAside === undefined) return
  const where = `${shopify.where}, partial result of ${id}`
  const renew = (): Promise<never> => Promise.reject(outdated(where))
  const download = { url: partial, renew, lost: async () => undefined, bytes: null, where }
  try {
    const landed = await land(`${file}.${id.replace(/^.*\//, '')}.partial`, downloadBytes(ctx, download))
    setAside({ kind: 'beside', landed, why })
  } catch (error) {
    ctx.signal.throwIfAborted()
    ctx.log('partial result not kept', { id, why: toFault(error, where).what })
  }
}

const outdated = (where: string): Fault =>
  new Fault({ what: 'it is no longer given out', where, hint: 'It is kept for seven days only.', retry: 'never' })

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
