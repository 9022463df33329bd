import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerFault, faultList, type ScriptedFault } from './faults.ts'
import { isSigned } from './s3-signature.ts'

/** A bucket of an S3-compatible vendor, path style, in memory. */
export interface Bucket {
  readonly url: string
  readonly name: string
  put(key: string, bytes: Uint8Array, terms?: { readonly at?: string; readonly encoding?: string }): void
  remove(key: string): void
  faults(faults: readonly ScriptedFault[]): void
  keys(): readonly string[]
  /** `GET /bucket/key`, as they came. */
  readonly calls: string[]
  close(): Promise<void>
}

export interface BucketTerms {
  readonly accessKey: string
  readonly secretKey: string
  /** Keys on one page of a listing; a real vendor has 1,000. */
  readonly page?: number
  /** Milliseconds between two pieces of an answer. */
  readonly slowMs?: number
}

interface Stored {
  readonly bytes: Buffer
  readonly etag: string
  readonly at: Date
  readonly encoding: string | undefined
}

export async function serveBucket(name: string, terms: BucketTerms): Promise<Bucket> {
  const stored = new Map<string, Stored>()
  const uploads: Uploads = new Map()
  const faults = faultList()
  const calls: string[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://s3')
    calls.push(`${request.method} ${decodeURIComponent(url.pathname)}`)
    const fault = faults.take(`${request.method} ${url.pathname}`, request.method ?? '')
    if (answerFault(fault, response)) return
    void answer({ name, stored, uploads, terms, request, response, url, cut: fault?.cut })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    name,
    put: (key, bytes, more = {}) => void stored.set(key, storedOf(bytes, more)),
    remove: key => void stored.delete(key),
    keys: () => [...stored.keys()].sort(),
    faults: list => faults.set(list),
    calls,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

const storedOf = (
  bytes: Uint8Array,
  { at, encoding }: { readonly at?: string; readonly encoding?: string },
): Stored => ({
  bytes: Buffer.from(bytes),
  etag: `"${createHash('md5').update(bytes).digest('hex')}"`,
  at: at === undefined ? new Date() : new Date(at),
  encoding,
})

/** Large objects that are not whole yet: their parts by number. */
type Uploads = Map<string, Map<number, Buffer>>

interface Call {
  readonly name: string
  readonly stored: Map<string, Stored>
  readonly uploads: Uploads
  readonly terms: BucketTerms
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  readonly cut: number | undefined
}

async function answer(call: Call): Promise<void> {
  const { request, response, terms, url, name, stored } = call
  const body = await bodyOf(request)
  const signed = isSigned(request, terms)
  if (signed !== 'yes') return refuse(response, 403, signed)
  const [bucket, ...rest] = url.pathname.slice(1).split('/')
  const key = decodeURIComponent(rest.join('/'))
  if (bucket !== name) return refuse(response, 404, 'NoSuchBucket')
  if (request.method === 'GET' && key === '') return list(call)
  if (request.method === 'PUT' || request.method === 'POST') return take(call, key, body)
  if (request.method === 'DELETE') {
    stored.delete(key)
    return void response.writeHead(204).end()
  }
  const found = stored.get(key)
  if (found === undefined) return refuse(response, 404, 'NoSuchKey')
  return give(call, found)
}

/** PutObject, and the three steps of a large one: begun, its parts, and made of them. */
function take({ stored, uploads, request, response, url }: Call, key: string, body: Buffer): void {
  const upload = url.searchParams.get('uploadId') ?? ''
  const parts = uploads.get(upload)
  if (upload !== '' && parts === undefined) return refuse(response, 404, 'NoSuchUpload')
  if (request.headers['if-none-match'] === '*' && stored.has(key)) return refuse(response, 412, 'PreconditionFailed')
  if (request.method === 'PUT' && parts !== undefined) {
    parts.set(Number(url.searchParams.get('partNumber')), body)
    return void response.writeHead(200, { etag: storedOf(body, {}).etag }).end()
  }
  if (request.method === 'PUT') {
    stored.set(key, storedOf(body, {}))
    return void response.writeHead(200, { etag: stored.get(key)?.etag }).end()
  }
  if (parts === undefined) {
    const id = `upload-${uploads.size + 1}`
    uploads.set(id, new Map())
    return answerXml(
      response,
      `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    )
  }
  const named = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber>/g)].map(([, number]) => Number(number))
  const bytes = named.map(number => parts.get(number))
  if (bytes.some(part => part === undefined)) return refuse(response, 400, 'InvalidPart')
  if (bytes.slice(0, -1).some(part => (part?.length ?? 0) < leastPart)) return refuse(response, 400, 'EntityTooSmall')
  stored.set(key, storedOf(Buffer.concat(bytes as Buffer[]), {}))
  uploads.delete(upload)
  answerXml(
    response,
    `<CompleteMultipartUploadResult><ETag>${xml(stored.get(key)?.etag ?? '')}</ETag></CompleteMultipartUploadResult>`,
  )
}

/** docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html: all parts but the last have 5 MiB at least. */
const leastPart = 5 * 1024 * 1024

function answerXml(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'application/xml' })
  response.end(`<?xml version="1.0" encoding="UTF-8"?>${text}`)
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' })
  response.end(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>no</Message></Error>`)
}

const xml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** ListObjectsV2; what lies in a folder below the prefix is left out where a delimiter is given. */
function list({ name, stored, terms, response, url }: Call): void {
  const prefix = url.searchParams.get('prefix') ?? ''
  const after = url.searchParams.get('continuation-token') ?? ''
  const isBelow = (key: string): boolean =>
    url.searchParams.get('delimiter') === '/' && key.slice(prefix.length).includes('/')
  const keys = [...stored.keys()].filter(key => key.startsWith(prefix) && key > after && !isBelow(key)).sort()
  const page = keys.slice(0, terms.page ?? 1000)
  const isLast = page.length === keys.length
  const contents = page.map(key => {
    const { bytes, etag, at } = stored.get(key) as Stored
    return `<Contents><Key>${xml(key)}</Key><LastModified>${at.toISOString()}</LastModified><ETag>${xml(etag)}</ETag><Size>${bytes.length}</Size></Contents>`
  })
  const next = isLast ? '' : `<NextContinuationToken>${xml(page.at(-1) ?? '')}</NextContinuationToken>`
  answerXml(
    response,
    `<ListBucketResult><Name>${name}</Name><Prefix>${xml(prefix)}</Prefix><KeyCount>${page.length}</KeyCount><IsTruncated>${!isLast}</IsTruncated>${contents.join('')}${next}</ListBucketResult>`,
  )
}

/** GetObject and HeadObject, whole or from an offset on. */
async function give({ request, response, url, terms, cut }: Call, found: Stored): Promise<void> {
  const { bytes, etag, at, encoding } = found
  const match = request.headers['if-match']
  if (match !== undefined && match !== etag) return refuse(response, 412, 'PreconditionFailed')
  const from = Number(/^bytes=([0-9]+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  if (from > 0 && from >= bytes.length) return refuse(response, 416, 'InvalidRange')
  const said = url.searchParams.get('response-content-encoding') ?? encoding
  response.writeHead(from > 0 ? 206 : 200, {
    etag,
    'last-modified': at.toUTCString(),
    'content-length': bytes.length - from,
    ...(said === undefined ? {} : { 'content-encoding': said }),
    ...(from > 0 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
  })
  if (request.method === 'HEAD') return void response.end()
  const end = cut === undefined ? bytes.length : Math.min(bytes.length, from + cut)
  for (let start = from; start < end; start += 16_384) {
    response.write(bytes.subarray(start, Math.min(end, start + 16_384)))
    if (terms.slowMs !== undefined) await new Promise(resolve => setTimeout(resolve, terms.slowMs))
  }
  if (cut === undefined) response.end()
  else response.write('', () => setTimeout(() => response.destroy(), 20))
}
