import type { ListObjectsV2CommandOutput, S3Client } from '@aws-sdk/client-s3'
import type { Context } from '../../contracts/context.ts'
import { Fault } from '../../contracts/fault.ts'
import { type S3Words, s3Fault } from './s3-fault.ts'
import { s3Handler } from './s3-handler.ts'
import { s3Retry } from './s3-retry.ts'

type Sdk = typeof import('@aws-sdk/client-s3')

/** What lies in a bucket below a prefix, and the client that asks for it. */
export interface Bucket {
  readonly client: S3Client
  readonly sdk: Sdk
  readonly name: string
  /** Without slashes at its ends; empty where it is the whole bucket. */
  readonly prefix: string
  readonly keyOf: (name: string) => string
  /** How errors name it, or what lies in it. */
  readonly where: (name?: string) => string
  readonly words: (name?: string) => S3Words
  /** A failed call as a Fault; what the server was too busy for has been asked several times. */
  asked<T>(name: string | undefined, call: () => Promise<T>): Promise<T>
  /** Every object whose name below the prefix begins so; with `flat`, only what lies directly there. */
  list(begins: string, terms?: { readonly flat: boolean }): Promise<readonly Stored[]>
}

export interface Stored {
  readonly name: string
  readonly bytes: number
  /** Milliseconds since 1970, by the server's clock. */
  readonly at: number
  readonly etag: string
}

export interface BucketTerms {
  /** `s3://bucket/prefix?region=eu-central-1`. Of another vendor than Amazon with `&endpoint=https://host`, and with `&pathStyle=true` where the bucket is no part of the host's name. */
  readonly url: URL
  /** References: `accessKey`, `secretKey` and, where the key is a passing one, `sessionToken`. */
  readonly secrets: Readonly<Record<string, string>>
  /** Whose it is: `wms north`. */
  readonly whose: string
  /** What the key must be allowed to do. */
  readonly rights: string
}

export async function openBucket(ctx: Context, terms: BucketTerms): Promise<Bucket> {
  const { url, whose, rights } = terms
  const { client, sdk } = await clientOf(ctx, terms)
  const name = url.hostname
  const prefix = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, '')
  const keyOf = (of: string): string => (prefix === '' ? of : `${prefix}/${of}`)
  const where = (of = ''): string => `${whose}, s3://${name}/${keyOf(of)}`
  const words = (of?: string): S3Words => ({ where: where(of), rights })
  const bucket: Bucket = {
    client,
    sdk,
    name,
    prefix,
    keyOf,
    where,
    words,
    async asked(of, call) {
      try {
        return await call()
      } catch (error) {
        ctx.signal.throwIfAborted()
        throw s3Fault(error, words(of))
      }
    },
    list: (begins, { flat } = { flat: false }) => listed(bucket, keyOf(begins), flat),
  }
  return bucket
}

/** Every page, one after the other; a key that is the prefix itself stands for a folder and is no object. */
async function listed(
  { client, sdk, name: Bucket, keyOf, asked }: Bucket,
  Prefix: string,
  flat: boolean,
): Promise<readonly Stored[]> {
  const found: Stored[] = []
  for (let from: { readonly ContinuationToken?: string } | undefined = {}; from !== undefined; ) {
    const page = new sdk.ListObjectsV2Command({ Bucket, Prefix, ...(flat ? { Delimiter: '/' } : {}), ...from })
    const answer: ListObjectsV2CommandOutput = await asked(undefined, () => client.send(page))
    for (const { Key = '', Size = 0, LastModified, ETag = '' } of answer.Contents ?? [])
      if (Key !== Prefix)
        found.push({ name: Key.slice(keyOf('').length), bytes: Size, at: LastModified?.getTime() ?? 0, etag: ETag })
    const token = answer.NextContinuationToken
    from = token === undefined ? undefined : { ContinuationToken: token }
  }
  return found
}

async function clientOf(ctx: Context, terms: BucketTerms): Promise<Pick<Bucket, 'client' | 'sdk'>> {
  const { region = 'us-east-1', endpoint, pathStyle } = settingsOf(terms)
  const [accessKeyId, secretAccessKey] = [secretOf(ctx, terms, 'accessKey'), secretOf(ctx, terms, 'secretKey')]
  const { sessionToken: token } = terms.secrets
  const sdk = await import('@aws-sdk/client-s3')
  const client = new sdk.S3Client({
    region,
    credentials: { accessKeyId, secretAccessKey, ...(token === undefined ? {} : { sessionToken: ctx.secret(token) }) },
    forcePathStyle: pathStyle === 'true',
    ...(endpoint === undefined ? {} : { endpoint }),
    requestHandler: s3Handler(ctx),
    retryStrategy: s3Retry(ctx),
    expectContinueHeader: false,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  return { client, sdk }
}

const settingNames = ['region', 'endpoint', 'pathStyle'] as const

function settingsOf({ url, whose }: BucketTerms): Readonly<Partial<Record<(typeof settingNames)[number], string>>> {
  const given = Object.fromEntries(url.searchParams)
  const strange = Object.keys(given).filter(name => !settingNames.some(known => known === name))
  const host = given.endpoint === undefined ? undefined : URL.parse(given.endpoint)
  const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(host?.hostname ?? '')
  const isSafe = host === undefined || host?.protocol === 'https:' || (host?.protocol === 'http:' && isLocal)
  if (strange.length === 0 && isSafe) return given
  throw new Fault({
    what: isSafe
      ? `the address says ${strange.join(', ')}, which is not known`
      : 'its `endpoint` is not an https address',
    where: whose,
    hint: `Write s3://bucket/prefix with ${settingNames.join(', ')} behind it; http is for this machine only.`,
    retry: 'never',
  })
}

function secretOf(ctx: Context, { secrets, whose }: BucketTerms, name: string): string {
  const reference = secrets[name]
  if (reference !== undefined) return ctx.secret(reference)
  throw new Fault({
    what: `it names no secret \`${name}\``,
    where: `${whose}, secrets`,
    hint: 'Add secrets: { accessKey: "env:NAME", secretKey: "env:NAME" } to it.',
    retry: 'never',
  })
}
