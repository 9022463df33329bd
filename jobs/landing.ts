import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { Interval } from '../contracts/connection.ts'
import { Fault, toFault } from '../contracts/fault.ts'
import type { Aside, Delivery, Format, Landed } from './sources/source.ts'

/** What one interval of one pipeline delivered: the bytes stand beside it, exactly as they came. */
export interface Manifest {
  readonly pipeline: string
  readonly connection: string
  readonly interval: Interval
  /** The interval as it was asked for, widened by the overlap. */
  readonly window: Interval
  readonly extractedAt: string
  readonly deliveries: readonly Delivery[]
  /** What is no delivery: gaps, gaps that were filled, what failed operations left. */
  readonly asides: readonly Aside[]
}

export interface LandingPlace {
  /** The environment's landing folder. */
  readonly landing: string
  readonly pipeline: string
  readonly connection: string
  readonly interval: Interval
}

/** The folder of one interval; its name sorts by time. */
export const folderOf = ({ landing, pipeline, connection, interval }: LandingPlace): string =>
  join(landing, connection, pipeline, `${fileTime(interval.from)}_${fileTime(interval.to)}`)

/** Where the events of a connection wait to be landed. */
export const spoolOf = (landing: string, connection: string): string => join(landing, connection, 'spool')

const fileTime = (instant: string): string => instant.replaceAll(':', '').replace(/\.0+Z$/, 'Z')
const manifestOf = (folder: string): string => join(folder, 'manifest.json')

/** The manifest, or undefined where the interval has not landed completely. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    return { asides: [], ...(JSON.parse(await readFile(manifestOf(folder), 'utf8')) as Omit<Manifest, 'asides'>) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw toFault(error, manifestOf(folder))
  }
}

/** Written last and in one move: an interval has landed when its manifest stands. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await mkdir(folder, { recursive: true })
  const draft = `${manifestOf(folder)}.part`
  await writeFile(draft, `${JSON.stringify(manifest, null, 2)}\n`, { flush: true })
  await rename(draft, manifestOf(folder))
}

/** Begins an interval anew: what an unfinished attempt left is taken away. */
export async function clearLanding(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
}

/** Writes the bytes as they come and measures them; the file has its name only once it is complete. */
export async function landFile(folder: string, name: string, bytes: AsyncIterable<Uint8Array>): Promise<Landed> {
  const path = join(folder, name)
  const draft = `${path}.part`
  const hash = createHash('sha256')
  let size = 0
  async function* measured(): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      hash.update(chunk)
      size += chunk.length
      yield chunk
    }
  }
  await pipeline(Readable.from(measured(), { objectMode: false }), createWriteStream(draft, { flush: true }))
  const text = await measureText(draft, name)
  await rename(draft, path)
  return { name, bytes: size, sha256: hash.digest('hex'), ...text }
}

/** A Fault unless the file still is what the manifest says: a landing never changes, except by erasure. */
export async function checkLanded(folder: string, landed: Landed): Promise<void> {
  const path = join(folder, landed.name)
  const found = await stat(path).catch(() => undefined)
  const changed =
    found?.size !== landed.bytes
      ? `has ${found?.size ?? 'no'} bytes, and ${landed.bytes} were landed`
      : (await digestOf(path)) !== landed.sha256
        ? 'has another checksum than what was landed'
        : undefined
  if (changed === undefined) return
  throw new Fault({
    what: `the landed file ${changed}`,
    where: path,
    hint: 'Take the interval’s folder away and run again: it will be extracted anew.',
    retry: 'never',
  })
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}

export const formatOf = (name: string): { readonly format: Format; readonly gzip: boolean } => {
  const plain = name.replace(/\.gz$/, '')
  const format = plain.endsWith('.csv') ? 'csv' : plain.endsWith('.parquet') ? 'parquet' : 'ndjson'
  return { format, gzip: plain !== name }
}

type TextMeasure = Pick<Landed, 'lines' | 'longest'>

async function measureText(path: string, name: string): Promise<TextMeasure> {
  const { format, gzip } = formatOf(name)
  if (format === 'parquet') return { lines: null, longest: 0 }
  const measure = lineMeasure()
  try {
    if (gzip) await pipeline(createReadStream(path), createGunzip(), measure.sink)
    else await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), measure.sink)
  } catch (error) {
    throw new Fault({
      what: `the ${gzip ? 'gzip stream' : 'file'} cannot be read to its end: ${(error as Error).message}`,
      where: name,
      hint: 'The file arrived cut or broken. It will be fetched again; if it stays so, ask the sender to deliver it anew.',
      retry: 'later',
      cause: error,
    })
  }
  return measure.result()
}

const lineFeed = 10

/** Counts lines as DuckDB's line reader does: a line of white space alone is none. */
function lineMeasure(): { sink: Writable; result(): TextMeasure } {
  let [lines, longest, length, blank] = [0, 0, 0, true]
  const close = (): void => {
    if (!blank) lines += 1
    longest = Math.max(longest, length)
    length = 0
    blank = true
  }
  const take = (chunk: Buffer): void => {
    let from = 0
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, from)) {
      if (blank) blank = isBlank(chunk, from, end)
      length += end - from
      close()
      from = end + 1
    }
    if (blank) blank = isBlank(chunk, from, chunk.length)
    length += chunk.length - from
  }
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      take(chunk)
      done()
    },
  })
  return {
    sink,
    result() {
      if (length > 0) close()
      return { lines, longest }
    },
  }
}

/** Space, tab, vertical tab, form feed, carriage return. */
export function isBlank(chunk: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const byte = chunk[at] as number
    if (byte !== 32 && byte !== 13 && byte !== 9 && byte !== 11 && byte !== 12) return false
  }
  return true
}

/** The lines of a landed text file, uncompressed, with their position among those that are not blank. */
export async function* linesOf(path: string): AsyncGenerator<{ readonly position: number; readonly bytes: Buffer }> {
  const file = createReadStream(path, { highWaterMark: 1 << 20 })
  const stream = path.endsWith('.gz') ? file.pipe(createGunzip()) : file
  let position = 0
  let rest: Buffer[] = []
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let from = 0
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, from)) {
      const piece = chunk.subarray(from, end)
      const bytes = rest.length === 0 ? piece : Buffer.concat([...rest, piece])
      rest = []
      from = end + 1
      if (!isBlank(bytes, 0, bytes.length)) yield { position: position++, bytes }
    }
    if (from < chunk.length) rest.push(chunk.subarray(from))
  }
  const last = Buffer.concat(rest)
  if (!isBlank(last, 0, last.length)) yield { position, bytes: last }
}
