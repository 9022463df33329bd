import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import type { Interval } from '../contracts/connection.ts'
import { Fault, toFault } from '../contracts/fault.ts'
import { parsedJson } from '../contracts/parsed-json.ts'
import { measureText } from './landed-text.ts'
import { piecesOf } from './pieces.ts'
import { plain } from './sources/dialect.ts'
import type { Aside, Delivery, Landed, SourceObject } from './sources/source.ts'

/** What one interval of one pipeline delivered: the bytes stand beside it, exactly as they came. */
export interface Manifest {
  readonly pipeline: string
  readonly connection: string
  readonly interval: Interval
  /** When a person asked for the interval once more; absent where the night asked for it. */
  readonly asked?: string
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
  /** When a person asked for the interval once more: it has a landing of its own then. */
  readonly asked?: string
}

/** The folder of one interval; its name sorts by time. */
export const folderOf = ({ landing, pipeline, connection, interval: { from, to }, asked }: LandingPlace): string =>
  join(landing, connection, pipeline, [from, to, ...(asked === undefined ? [] : [asked])].map(fileTime).join('_'))

/** Where the events of a connection wait to be landed. */
export const spoolOf = (landing: string, connection: string): string => join(landing, connection, 'spool')

const fileTime = (instant: string): string => instant.replaceAll(':', '').replace(/\.0+Z$/, 'Z')
export const manifestName = 'manifest.json'
const manifestOf = (folder: string): string => join(folder, manifestName)

/** The interval that a folder is named after, and when it was asked for once more; undefined where it is none of ours. */
export function intervalOf(folderName: string): (Interval & Pick<LandingPlace, 'asked'>) | undefined {
  const times = folderName.split('_').map(namedTime)
  const [from, to, asked, ...more] = times
  if (from === undefined || to === undefined || more.length > 0 || times.includes(undefined)) return undefined
  return { from, to, ...(asked === undefined ? {} : { asked }) }
}

function namedTime(text: string): string | undefined {
  const [, day, hour, minute, second, digits = ''] =
    /^(\d{4}-\d{2}-\d{2})T(\d{2})(\d{2})(\d{2})(?:\.(\d{1,6}))?Z$/.exec(text) ?? []
  return day === undefined ? undefined : `${day}T${hour}:${minute}:${second}.${digits.padEnd(6, '0')}Z`
}

/** The manifest, or undefined where the interval has not landed completely; a Fault where what stands there is none. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  const path = manifestOf(folder)
  const text = await readFile(path, 'utf8').catch(error => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw toFault(error, path)
  })
  if (text === undefined) return undefined
  const manifest = manifestForm.safeParse(parsedJson(text))
  if (manifest.success) return { asides: [], ...(manifest.data as unknown as Omit<Manifest, 'asides'>) }
  throw new Fault({
    what: 'what stands in the place of the manifest is none, or half of one',
    where: path,
    hint: 'Take the interval’s folder away, in the bucket too where landings are kept in one: the next night extracts it anew.',
    retry: 'later',
  })
}

const manifestForm = z.looseObject({
  pipeline: z.string(),
  connection: z.string(),
  interval: z.object({ from: z.string(), to: z.string() }),
  extractedAt: z.string(),
  deliveries: z.array(z.looseObject({ landed: z.looseObject({ name: z.string(), sha256: z.string() }) })),
})

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

/** The folder that files are landed in, and how the object that they are of declares them to be written. */
export interface LandInto extends Pick<SourceObject, 'format' | 'dialect'> {
  readonly folder: string
}

/** Writes the bytes as they come and measures them; the file has its name only once it is complete. */
export async function landFile(
  { folder, format, dialect = plain }: LandInto,
  name: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<Landed> {
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
  const text = format === 'parquet' ? { lines: null, longest: 0 } : await measureText(draft, dialect, path)
  await rename(draft, path)
  return { name, bytes: size, sha256: hash.digest('hex'), ...text }
}

/** A Fault unless the file still is what the manifest says: a landing never changes, except by erasure. */
export async function checkLanded(folder: string, landed: Landed): Promise<void> {
  const changed = await changeOf(folder, landed)
  if (changed === undefined) return
  throw new Fault({
    what: `the landed file ${changed}`,
    where: join(folder, landed.name),
    hint: 'Take the interval’s folder away, in the bucket too where landings are kept in one: the next night extracts it anew.',
    retry: 'never',
  })
}

export const isLanded = async (folder: string, landed: Landed): Promise<boolean> =>
  (await changeOf(folder, landed)) === undefined

/** What is otherwise than it was landed, in words. */
async function changeOf(folder: string, landed: Landed): Promise<string | undefined> {
  const path = join(folder, landed.name)
  const found = await stat(path).catch(() => undefined)
  if (found?.size !== landed.bytes) return `has ${found?.size ?? 'no'} bytes, and ${landed.bytes} were landed`
  return (await digestOf(path)) === landed.sha256 ? undefined : 'has another checksum than what was landed'
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(piecesOf(path), hash)
  return hash.digest('hex')
}
