import { createHash } from 'node:crypto'
import type { Connection } from '../../contracts/connection.ts'
import type { Context } from '../../contracts/context.ts'
import { Fault } from '../../contracts/fault.ts'
import { type Dialect, plain } from './dialect.ts'
import { type Complete, type DropFile, endings, isOurs, isWithin, type Sorted, sorted } from './drops/complete.ts'
import { type DropManifest, readManifest } from './drops/manifest.ts'
import { isSame, type Place } from './drops/place.ts'
import { openPlace } from './drops/places.ts'
import { changed, wholeFile } from './drops/whole-file.ts'
import type { Claim, Delivery, ExtractRequest, Format, Landed, SourceObject } from './source.ts'

export interface DropObject {
  readonly name: string
  readonly claim: Claim
  /** The names of this object's files, without a `.gz` or `.zst` at their end. */
  readonly match: RegExp
  readonly format: Format
  /** How they are written, where that is not plain: UTF-8, uncompressed, commas, a header. */
  readonly dialect?: Dialect
  readonly complete: Complete
}

/** A sender's clock may run behind ours, and a file may be seen some time after it was stamped; read twice is loaded once. */
const overlapMs = 60 * 60 * 1000

/**
 * Files that another system drops into a place, landed as they are, oldest first. A file belongs to the interval in which it became
 * complete: its time of change or, where something beside it vouches for it, that one's if it is later. One that bears an older time
 * and was never landed (it came late, as it was), or a time that is still to come, is taken too; one whose bytes are those that were
 * landed last under its name is not. Nothing is moved or deleted.
 */
export function dropObject(drop: DropObject): SourceObject {
  const { name, claim, format, dialect, complete } = drop
  if (complete.by === 'trailer' && dialect?.trailer === undefined)
    throw new TypeError(`the files of ${name} are complete by a trailer, and their dialect declares none`)
  return {
    name,
    format,
    ...(dialect === undefined ? {} : { dialect }),
    overlapMs,
    changeSignal: 'a file that became whole',
    remembers: true,
    claims: [claim],
    async *extract(ctx, request) {
      const place = await openPlace(ctx, request.connection)
      try {
        for (const file of await dueFiles(ctx, { drop, request, place })) {
          const delivery = await deliver(ctx, { drop, request, place }, file)
          if (delivery !== undefined) yield delivery
        }
      } finally {
        await place.close()
      }
    },
  }
}

/** A place's account is the last part of its path; a Fault where it cannot be read. */
export async function checkDrop(ctx: Context, connection: Connection): Promise<{ readonly account: string }> {
  const place = await openPlace(ctx, connection)
  try {
    await place.list(() => false)
    return { account: place.account }
  } finally {
    await place.close()
  }
}

interface Dropping {
  readonly drop: DropObject
  readonly request: ExtractRequest
  readonly place: Place
}

/** A file that is due, with what was landed last under its name. */
interface DueFile extends DropFile {
  readonly last: Landed | undefined
}

/** What became complete within the interval and what no interval would take, in the order in which it did. */
async function dueFiles(ctx: Context, { drop, request, place }: Dropping): Promise<readonly DueFile[]> {
  const { complete } = drop
  const seen = sorted(await place.list(isOurs(drop)), complete)
  refuseOrphans(seen, request, place)
  const landed = await request.earlier?.()
  const last = new Map(landed?.map(file => [file.name, file]))
  const isDue = (file: DropFile): boolean =>
    isWithin(file.completeAt, request.interval) ||
    (landed !== undefined &&
      isBeside(file.completeAt, request, ctx.now().getTime()) &&
      last.get(file.name)?.bytes !== file.bytes)
  const due = seen.complete.filter(isDue).map(file => ({ ...file, last: last.get(file.name) }))
  refuseStrange(due, drop, place)
  const ready = complete.by === 'settled' ? await settled(ctx, { place, due, ms: complete.ms }) : due
  const waiting = [...seen.waiting, ...due.filter(file => !ready.includes(file)).map(({ name }) => name)]
  if (waiting.length > 0) ctx.log('files are waited for', { object: drop.name, by: complete.by, files: waiting })
  return ready.toSorted((a, b) => a.completeAt - b.completeAt || (a.name < b.name ? -1 : 1))
}

/** A time that no interval of the connection would come to: before this one, or after now. */
const isBeside = (at: number, { interval, connection }: ExtractRequest, now: number): boolean =>
  at > now || (at < Date.parse(interval.from) && at >= Date.parse(connection.since))

interface Settling {
  readonly place: Place
  readonly due: readonly DueFile[]
  readonly ms: number
}

/** Those that are the same after the time. It is waited out, and not read from the place's clock, which may be wrong. */
async function settled(ctx: Context, { place, due, ms }: Settling): Promise<readonly DueFile[]> {
  if (due.length === 0) return due
  await ctx.sleep(ms)
  const names = new Set(due.map(({ name }) => name))
  const now = new Map((await place.list(name => names.has(name))).map(file => [file.name, file]))
  return due.filter(file => isSame(file, now.get(file.name)))
}

function refuseOrphans({ orphans }: Sorted, { interval }: ExtractRequest, place: Place): void {
  const due = orphans.filter(({ at }) => isWithin(at, interval)).map(({ about }) => about)
  if (due.length === 0) return
  throw new Fault({
    what: `what lies there announces ${due.join(', ')}, and no such file is there`,
    where: place.where(),
    hint: 'Ask the sender to deliver the file, or to take the announcement back. The interval stays open until then.',
    retry: 'later',
  })
}

/** A Fault where a name says another compression than is declared, or one file is there under two. */
function refuseStrange(due: readonly DueFile[], { dialect = plain }: DropObject, place: Place): void {
  const endsOther = due.find(({ name, bare }) => name !== bare && name !== `${bare}${endings[dialect.compression]}`)
  const twice = due.filter(({ bare }) => due.filter(other => other.bare === bare).length > 1)
  if (endsOther === undefined && twice.length === 0) return
  throw new Fault({
    what:
      twice.length > 0
        ? `${twice.map(({ name }) => name).join(' and ')} are one file under two names`
        : `${endsOther?.name} is named as compressed otherwise than is declared (${dialect.compression})`,
    where: place.where(),
    hint: 'Ask the sender which is meant and to take the other away, or declare the compression. The interval stays open until then.',
    retry: 'later',
  })
}

/** Lands one file; undefined where its bytes are those that were landed last. */
async function deliver(ctx: Context, { drop, request, place }: Dropping, file: DueFile): Promise<Delivery | undefined> {
  const manifest = await manifestOf(drop, place, file)
  if (await isLanded(ctx, { place, file, manifest })) return undefined
  const landed = await request.land(file.name, wholeFile(ctx, place, file))
  if (!isSame(file, await place.look(file.name)) || landed.bytes !== file.bytes)
    throw changed(place.where(file.name), 'it changed while it was read')
  if (manifest !== undefined && manifest.sha256 !== landed.sha256)
    throw changed(place.where(file.name), `its checksum is ${landed.sha256}, and its manifest says ${manifest.sha256}`)
  const records = manifest?.rows ?? landed.trailer
  return {
    landed,
    promised: {
      bytes: manifest?.bytes ?? file.bytes,
      sha256: landed.sha256,
      ...(records === undefined ? {} : { records }),
    },
  }
}

const manifestOf = async ({ complete }: DropObject, place: Place, file: DropFile): Promise<DropManifest | undefined> =>
  complete.by === 'manifest' && file.witness !== undefined ? readManifest(place, file.witness, file.name) : undefined

interface Landing {
  readonly place: Place
  readonly file: DueFile
  readonly manifest: DropManifest | undefined
}

/** By the manifest's checksum or, where there is none, by reading the file. */
async function isLanded(ctx: Context, { place, file, manifest }: Landing): Promise<boolean> {
  const { last } = file
  if (last === undefined || last.bytes !== file.bytes) return false
  if (manifest !== undefined) return manifest.sha256 === last.sha256
  const hash = createHash('sha256')
  for await (const chunk of wholeFile(ctx, place, file)) hash.update(chunk)
  return hash.digest('hex') === last.sha256
}
