import type { GetObjectCommandOutput, ListObjectsV2CommandOutput, S3Client } from '@aws-sdk/client-s3'
import type { Connection } from '../../../contracts/connection.ts'
import type { Context } from '../../../contracts/context.ts'
import { Fault } from '../../../contracts/fault.ts'
import { placeOf } from '../../../sinks/send.ts'
import type { FoundFile, Place } from './place.ts'
import { s3Fault } from './s3-fault.ts'
import { s3Handler } from './s3-handler.ts'

/**
 * Objects of a bucket whose keys begin with a prefix and a slash: `s3://bucket/prefix?region=eu-central-1`. Of another vendor than
 * Amazon with `&endpoint=https://host`, and with `&pathStyle=true` where the bucket is no part of the host's name. The secrets are
 * `accessKey`, `secretKey` and, where the key is a passing one, `sessionToken`.
 */
export async function openS3(ctx: Context, connection: Connection, url: URL): Promise<Place> {
  const { client, sdk } = await clientOf(ctx, connection, url)
  const Bucket = url.hostname
  const prefix = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, '')
  const keyOf = (name: string): string => (prefix === '' ? name : `${prefix}/${name}`)
  const where = (name = ''): string => `${placeOf(connection)}, s3://${Bucket}/${keyOf(name)}`
  const asked = <T>(name: string | undefined, call: () => Promise<T>): Promise<T> =>
    retried(ctx, () =>
      call().catch(error => {
        ctx.signal.throwIfAborted()
        throw s3Fault(error, where(name))
      }),
    )
  return {
    account: prefix.split('/').at(-1) || Bucket,
    where,
    async list(isWanted) {
      const all = await listed(keyOf(''), from => {
        const page = new sdk.ListObjectsV2Command({ Bucket, Prefix: keyOf(''), Delimiter: '/', ...from })
        return asked(undefined, () => client.send(page))
      })
      return all.filter(({ name }) => isWanted(name))
    },
    async look(name) {
      const head = new sdk.HeadObjectCommand({ Bucket, Key: keyOf(name) })
      const found = await asked(name, () => client.send(head).catch(noneAt404))
      return found === undefined ? undefined : fileOf({ ...found, Key: name, Size: found.ContentLength }, '')
    },
    async *open({ name, version }, from) {
      const part = from === 0 ? {} : { Range: `bytes=${from}-` }
      /** Bytes as they are stored: an answer that says it is gzip would be unpacked on its way. */
      const terms = { Bucket, Key: keyOf(name), IfMatch: version, ResponseContentEncoding: 'identity', ...part }
      const answer = await asked(name, () => client.send(new sdk.GetObjectCommand(terms)))
      yield* bytesOf(answer, { from, where: where(name) })
    },
    close: async () => client.destroy(),
  }
}

interface From {
  readonly ContinuationToken?: string
}

/** Every page, one after the other; a key that is the prefix itself stands for a folder and is no file. */
async function listed(
  prefix: string,
  ask: (from: From) => Promise<ListObjectsV2CommandOutput>,
): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = []
  for (let from: From | undefined = {}; from !== undefined; ) {
    const page: ListObjectsV2CommandOutput = await ask(from)
    for (const each of page.Contents ?? []) if (each.Key !== prefix) found.push(fileOf(each, prefix))
    const token = page.NextContinuationToken
    from = token === undefined ? undefined : { ContinuationToken: token }
  }
  return found
}

interface S3Object {
  readonly Key?: string | undefined
  readonly Size?: number | undefined
  readonly LastModified?: Date | undefined
  readonly ETag?: string | undefined
}

const fileOf = ({ Key = '', Size = 0, LastModified, ETag = '' }: S3Object, prefix: string): FoundFile => ({
  name: Key.slice(prefix.length),
  bytes: Size,
  at: LastModified?.getTime() ?? 0,
  version: ETag,
})

type Sdk = Pick<
  typeof import('@aws-sdk/client-s3'),
  'ListObjectsV2Command' | 'HeadObjectCommand' | 'GetObjectCommand' | 'S3Client'
>

async function clientOf(
  ctx: Context,
  connection: Connection,
  url: URL,
): Promise<{ readonly client: S3Client; readonly sdk: Sdk }> {
  const { region = 'us-east-1', endpoint, pathStyle } = settingsOf(connection, url)
  const [accessKeyId, secretAccessKey] = [
    secretOf(ctx, connection, 'accessKey'),
    secretOf(ctx, connection, 'secretKey'),
  ]
  const { sessionToken: token } = connection.secrets
  const sdk = await import('@aws-sdk/client-s3')
  const client = new sdk.S3Client({
    region,
    credentials: { accessKeyId, secretAccessKey, ...(token === undefined ? {} : { sessionToken: ctx.secret(token) }) },
    forcePathStyle: pathStyle === 'true',
    ...(endpoint === undefined ? {} : { endpoint }),
    requestHandler: s3Handler(ctx),
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  return { client, sdk }
}

const settingNames = ['region', 'endpoint', 'pathStyle'] as const

function settingsOf(
  connection: Connection,
  url: URL,
): Readonly<Partial<Record<(typeof settingNames)[number], string>>> {
  const given = Object.fromEntries(url.searchParams)
  const strange = Object.keys(given).filter(name => !settingNames.some(known => known === name))
  const host = given.endpoint === undefined ? undefined : URL.parse(given.endpoint)
  const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(host?.hostname ?? '')
  const isSafe = host === undefined || host?.protocol === 'https:' || (host?.protocol === 'http:' && isLocal)
  if (strange.length === 0 && isSafe) return given
  throw new Fault({
    what: isSafe
      ? `the endpoint says ${strange.join(', ')}, which is not known`
      : 'its `endpoint` is not an https address',
    where: `${placeOf(connection)}, endpoint`,
    hint: `Write s3://bucket/prefix with ${settingNames.join(', ')} behind it; http is for this machine only.`,
    retry: 'never',
  })
}

function secretOf(ctx: Context, connection: Connection, name: string): string {
  const reference = connection.secrets[name]
  if (reference !== undefined) return ctx.secret(reference)
  throw new Fault({
    what: `the connection names no secret \`${name}\``,
    where: `${placeOf(connection)}, secrets`,
    hint: 'Add secrets: { accessKey: "env:NAME", secretKey: "env:NAME" } to the connection.',
    retry: 'never',
  })
}

const tries = 4
const waitMs = 1_000

/** Asks again where the other side was busy, or the line was cut before anything came. */
async function retried<T>(ctx: Context, call: () => Promise<T>): Promise<T> {
  for (let at = 1; ; at += 1)
    try {
      return await call()
    } catch (error) {
      if (at === tries || !(error instanceof Fault) || error.retry !== 'now') throw error
      await ctx.sleep(waitMs * 2 ** (at - 1))
    }
}

/** A HEAD has no body: its status is all that it says. */
function noneAt404(error: unknown): undefined {
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } }
  if ($metadata?.httpStatusCode !== 404) throw error
}

async function* bytesOf(
  { Body, ContentRange }: Pick<GetObjectCommandOutput, 'Body' | 'ContentRange'>,
  { from, where }: { readonly from: number; readonly where: string },
): AsyncGenerator<Uint8Array> {
  if (from > 0 && ContentRange?.startsWith(`bytes ${from}-`) !== true)
    throw new Fault({
      what: 'it was cut, and the server does not give the rest of a file',
      where,
      hint: 'It is read again from its beginning. If it stays so, ask the vendor for range requests.',
      retry: 'later',
    })
  try {
    yield* Body as AsyncIterable<Uint8Array>
  } catch (error) {
    throw s3Fault(error, where)
  }
}
