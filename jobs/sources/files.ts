import { createReadStream, type Stats } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import type { Connection, Interval } from '../../contracts/connection.ts'
import type { Context } from '../../contracts/context.ts'
import { Fault } from '../../contracts/fault.ts'
import { codeOf } from '../../sinks/send.ts'
import type { Claim, Delivery, ExtractRequest, Format, Landed, SourceObject } from './source.ts'

export interface DropObject {
  readonly name: string
  readonly claim: Claim
  /** The names of this object's files in the folder, without a `.gz` at their end. */
  readonly match: RegExp
  readonly format: Format
  /** True where each file has a `<file>.manifest.json` beside it, written after it: without that it is not complete. */
  readonly manifests: boolean
}

/** A sender's clock may run behind ours, and a file may be seen some time after it was stamped; read twice is loaded once. */
const overlapMs = 60 * 60 * 1000
const manifestEnd = '.manifest.json'

/**
 * Files that another system drops into a folder, landed as they are, oldest first. A file belongs to the interval in which it
 * became complete: its time of modification or, where manifests are agreed, its manifest's if that is later. One that bears an
 * older time and was never landed (it came late, as it was), or a time that is still to come, is taken too. Nothing is moved or deleted.
 */
export const dropObject = ({ name, claim, match, format, manifests }: DropObject): SourceObject => ({
  name,
  format,
  overlapMs,
  remembers: true,
  claims: [claim],
  async *extract(ctx, request) {
    const folder = ctx.secret(request.connection.endpoint)
    const seen = await look(folder, match)
    if (manifests) refuseOrphans(seen, request.interval, folder)
    const landed = await request.earlier?.()
    for (const file of dueOf(seen, { ...request, landed, now: ctx.now().getTime(), manifests }))
      yield await deliver(request, folder, file)
    const waiting = manifests ? seen.data.filter(file => !seen.manifests.has(file.name)) : []
    if (waiting.length > 0)
      ctx.log('drop waits for a manifest', { object: name, files: waiting.map(file => file.name) })
  },
})

/** A folder's account is its own name; a Fault where it cannot be read. */
export async function checkDrop(ctx: Context, connection: Connection): Promise<{ readonly account: string }> {
  const folder = ctx.secret(connection.endpoint)
  await list(folder)
  return { account: basename(folder) }
}

interface SeenFile {
  readonly name: string
  readonly at: number
  readonly bytes: number
}

interface Seen {
  readonly data: readonly SeenFile[]
  /** By the name of the file that each one speaks of. */
  readonly manifests: ReadonlyMap<string, SeenFile>
}

async function look(folder: string, match: RegExp): Promise<Seen> {
  const isOurs = (name: string): boolean => match.test(name.replace(/\.gz$/, ''))
  const data: SeenFile[] = []
  const manifests = new Map<string, SeenFile>()
  for (const name of await list(folder)) {
    const about = name.endsWith(manifestEnd) ? name.slice(0, -manifestEnd.length) : undefined
    if (!isOurs(about ?? name)) continue
    const found = await stat(join(folder, name)).catch(() => undefined)
    if (found?.isFile() !== true) continue
    const file = { name, at: found.mtimeMs, bytes: found.size }
    if (about === undefined) data.push(file)
    else manifests.set(about, file)
  }
  return { data, manifests }
}

const isWithin = (at: number, { from, to }: Interval): boolean => at >= Date.parse(from) && at < Date.parse(to)

interface Due extends Pick<ExtractRequest, 'connection' | 'interval'> {
  readonly manifests: boolean
  /** What other intervals landed; undefined where that is not known. */
  readonly landed: readonly Landed[] | undefined
  /** Milliseconds. */
  readonly now: number
}

/** What became complete within the interval and what no interval would take, in the order in which it did. */
function dueOf(
  { data, manifests }: Seen,
  { connection, interval, landed, now, manifests: needed }: Due,
): readonly DueFile[] {
  const isLeft = ({ name, at, bytes }: SeenFile): boolean =>
    landed !== undefined &&
    (at > now || (at < Date.parse(interval.from) && at >= Date.parse(connection.since))) &&
    !landed.some(file => file.name === name && file.bytes === bytes)
  return data
    .flatMap((file): readonly DueFile[] => {
      const manifest = manifests.get(file.name)
      if (needed && manifest === undefined) return []
      return [{ ...file, at: Math.max(file.at, needed ? (manifest?.at ?? 0) : 0), manifest: manifest?.name }]
    })
    .filter(file => isWithin(file.at, interval) || isLeft(file))
    .sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1))
}

interface DueFile extends SeenFile {
  readonly manifest: string | undefined
}

function refuseOrphans({ data, manifests }: Seen, interval: Interval, folder: string): void {
  const names = new Set(data.map(({ name }) => name))
  const orphans = [...manifests].filter(([about, { at }]) => !names.has(about) && isWithin(at, interval))
  if (orphans.length === 0) return
  throw new Fault({
    what: `a manifest announces ${orphans.map(([about]) => about).join(', ')}, and no such file is there`,
    where: folder,
    hint: 'Ask the sender to deliver the file, or to take the manifest back. The interval stays open until then.',
    retry: 'later',
  })
}

async function deliver({ land }: ExtractRequest, folder: string, file: DueFile): Promise<Delivery> {
  const path = join(folder, file.name)
  const manifest = file.manifest === undefined ? undefined : await readManifest(join(folder, file.manifest), file.name)
  const before = await statOf(path)
  const landed = await land(file.name, createReadStream(path, { highWaterMark: 1 << 20 }))
  const after = await statOf(path)
  const isSame = before.size === after.size && before.mtimeMs === after.mtimeMs && before.ino === after.ino
  if (!isSame || landed.bytes !== after.size) throw changed(path, 'it changed while it was read')
  if (manifest !== undefined && manifest.sha256 !== landed.sha256)
    throw changed(path, `its checksum is ${landed.sha256}, and its manifest says ${manifest.sha256}`)
  const { rows: records, bytes, sha256 } = manifest ?? { rows: undefined, bytes: after.size, sha256: landed.sha256 }
  return { landed, promised: { bytes, sha256, ...(records === undefined ? {} : { records }) } }
}

const manifestForm = z.object({
  file: z.string(),
  rows: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

async function readManifest(path: string, file: string): Promise<z.infer<typeof manifestForm>> {
  const text = await readFile(path, 'utf8').catch(error => unreadable(path, error))
  const read = manifestForm.safeParse(parsed(text))
  if (read.success && read.data.file === file) return read.data
  const fields = read.success ? 'file' : read.error.issues.map(issue => issue.path.join('.') || 'the whole').join(', ')
  throw new Fault({
    what: `the manifest is not as agreed in: ${fields}`,
    where: path,
    hint: `It must be JSON with file "${file}", rows, bytes and sha256. Ask the sender to write it anew.`,
    retry: 'later',
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const list = (folder: string): Promise<readonly string[]> => readdir(folder).catch(error => unreadable(folder, error))
const statOf = (path: string): Promise<Stats> => stat(path).catch(error => unreadable(path, error))

function unreadable(where: string, error: unknown): never {
  throw new Fault({
    what: `it cannot be read (${codeOf(error)})`,
    where,
    hint: 'See that the path is right, that the share is there, and that this user may read it.',
    retry: 'later',
    cause: error,
  })
}

const changed = (where: string, what: string): Fault =>
  new Fault({
    what: `the file cannot be trusted: ${what}`,
    where,
    hint: 'It is read again. The sender should write beside it and rename, the manifest last.',
    retry: 'now',
  })
