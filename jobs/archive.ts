import { createReadStream, createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Environment } from '../contracts/connection.ts'
import type { Context } from '../contracts/context.ts'
import { Fault } from '../contracts/fault.ts'
import { type Bucket, openBucket } from './s3/bucket.ts'
import { statusOf } from './s3/s3-fault.ts'
import { bucketPlace } from './sources/drops/s3.ts'
import { wholeFile } from './sources/drops/whole-file.ts'

/** Where landings are kept, for every machine that works for the house. Keys are paths below the environment's landing, with slashes. */
export interface Archive {
  /** How errors name it. */
  readonly where: string
  /** Puts the file; durable when it resolves. What stands under the key is replaced. */
  put(key: string, path: string): Promise<void>
  /** Puts the file where nothing stands under the key yet; false where something does. */
  putNew(key: string, path: string): Promise<boolean>
  /** Writes what stands under the key to the path; false where nothing does. */
  get(key: string, path: string): Promise<boolean>
  /** The keys that begin so. */
  list(begins: string): Promise<readonly string[]>
  remove(key: string): Promise<void>
}

const rights =
  'Grant the key s3:ListBucket on the bucket, and s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload on what lies under the prefix.'

/** The archive of the environment; undefined where its landings are kept in their folder alone. */
export async function openArchive(
  ctx: Context,
  { name, bucket }: Pick<Environment, 'name' | 'bucket'>,
): Promise<Archive | undefined> {
  if (bucket === undefined) return undefined
  const whose = `environment ${name}, landing`
  const url = URL.parse(ctx.secret(bucket.address))
  if (url?.protocol !== 's3:')
    throw new Fault({
      what: 'the address of the bucket does not begin with s3://',
      where: whose,
      hint: 'Write it as s3://bucket/prefix?region=eu-central-1.',
      retry: 'never',
    })
  return archiveIn(ctx, await openBucket(ctx, { url, secrets: bucket.secrets, whose, rights }))
}

function archiveIn(ctx: Context, bucket: Bucket): Archive {
  const { client, sdk, name: Bucket, keyOf, where, asked } = bucket
  const place = bucketPlace(bucket)
  return {
    where: where(),
    async put(key, path) {
      const { Upload } = await import('@aws-sdk/lib-storage')
      const params = { Bucket, Key: keyOf(key), Body: createReadStream(path, { highWaterMark: 1 << 20 }) }
      await asked(key, () => new Upload({ client, params, queueSize, partSize }).done())
    },
    async putNew(key, path) {
      const put = new sdk.PutObjectCommand({ Bucket, Key: keyOf(key), Body: await readFile(path), IfNoneMatch: '*' })
      return asked(key, () => client.send(put).then(() => true, falseAt412))
    },
    async get(key, path) {
      const file = await place.look(key)
      if (file === undefined) return false
      const bytes = Readable.from(wholeFile(ctx, place, file), { objectMode: false })
      await pipeline(bytes, createWriteStream(path, { flush: true }))
      return true
    },
    list: async begins => (await bucket.list(begins)).map(({ name }) => name),
    async remove(key) {
      await asked(key, () => client.send(new sdk.DeleteObjectCommand({ Bucket, Key: keyOf(key) })))
    },
  }
}

/** Parts of a large file, of which so many are held at once. A file may have 10,000 of them, 80 GB in all. */
const partSize = 8 * 1024 * 1024
const queueSize = 2

/** The condition that nothing stands there (docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html). */
function falseAt412(error: unknown): false {
  if (statusOf(error) === 412) return false
  throw error
}
