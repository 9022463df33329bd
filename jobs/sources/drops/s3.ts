import type { GetObjectCommandOutput } from '@aws-sdk/client-s3'
import type { Connection } from '../../../contracts/connection.ts'
import type { Context } from '../../../contracts/context.ts'
import { Fault } from '../../../contracts/fault.ts'
import { placeOf } from '../../../sinks/send.ts'
import { type Bucket, openBucket, type Stored } from '../../s3/bucket.ts'
import { type S3Words, s3Fault, statusOf } from '../../s3/s3-fault.ts'
import type { FoundFile, Place } from './place.ts'

const rights = 'Grant the key s3:ListBucket on the bucket and s3:GetObject on what lies under the prefix.'

/** Objects of a bucket whose keys begin with a prefix and a slash, and hold no further one. */
export async function openS3(ctx: Context, connection: Connection, url: URL): Promise<Place> {
  return bucketPlace(await openBucket(ctx, { url, secrets: connection.secrets, whose: placeOf(connection), rights }))
}

export function bucketPlace(bucket: Bucket): Place {
  const { client, sdk, name: Bucket, prefix, keyOf, where, asked, words } = bucket
  return {
    account: prefix.split('/').at(-1) || Bucket,
    where,
    async list(isWanted) {
      const all = await bucket.list('', { flat: true })
      return all.filter(({ name }) => isWanted(name)).map(fileOf)
    },
    async look(name) {
      const head = new sdk.HeadObjectCommand({ Bucket, Key: keyOf(name) })
      const found = await asked(name, () => client.send(head).catch(noneAt404))
      if (found === undefined) return undefined
      const { ContentLength: bytes = 0, LastModified, ETag: etag = '' } = found
      return fileOf({ name, bytes, at: LastModified?.getTime() ?? 0, etag })
    },
    async *open({ name, version }, from) {
      const part = from === 0 ? {} : { Range: `bytes=${from}-` }
      /** Bytes as they are stored: an answer that says it is gzip would be unpacked on its way. */
      const terms = { Bucket, Key: keyOf(name), IfMatch: version, ResponseContentEncoding: 'identity', ...part }
      const answer = await asked(name, () => client.send(new sdk.GetObjectCommand(terms)))
      yield* bytesOf(answer, { from, words: words(name) })
    },
    close: async () => client.destroy(),
  }
}

const fileOf = ({ name, bytes, at, etag }: Stored): FoundFile => ({ name, bytes, at, version: etag })

/** A HEAD has no body: its status is all that it says. */
function noneAt404(error: unknown): undefined {
  if (statusOf(error) !== 404) throw error
}

async function* bytesOf(
  { Body, ContentRange }: Pick<GetObjectCommandOutput, 'Body' | 'ContentRange'>,
  { from, words }: { readonly from: number; readonly words: S3Words },
): AsyncGenerator<Uint8Array> {
  if (from > 0 && ContentRange?.startsWith(`bytes ${from}-`) !== true)
    throw new Fault({
      what: 'it was cut, and the server does not give the rest of a file',
      where: words.where,
      hint: 'It is read again from its beginning. If it stays so, ask the vendor for range requests.',
      retry: 'later',
    })
  try {
    yield* Body as AsyncIterable<Uint8Array>
  } catch (error) {
    throw s3Fault(error, words)
  }
}
