import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Connection, Interval } from '../../contracts/connection.ts'
import type { Context } from '../../contracts/context.ts'
import type { Contract } from '../../contracts/contract.ts'
import { Fault, toFault } from '../../contracts/fault.ts'
import { instantOf } from '../../contracts/instant.ts'
import type { Delivery, ExtractRequest, Format, Promised, Source, SourceObject } from './source.ts'

export interface Drop {
  readonly name: string
  readonly contract: Contract
  /** Contract column to the file's column. */
  readonly fields: Readonly<Record<string, string>>
  /** Which files of the folder are of this object. */
  readonly match: RegExp
  readonly format: Format
  /** True where a file counts as delivered only once its manifest lies beside it. */
  readonly manifest: boolean
}

const manifestEnd = '.manifest.json'
/** A sender's clock, and a folder that is copied file by file, may be late by so much. */
const overlapMs = 60 * 60_000

/** Files that another system drops into a folder: those that arrived within the interval, oldest first, landed as they are. */
export const dropObject = ({ name, contract, fields, match, format, manifest }: Drop): SourceObject => ({
  name,
  format,
  overlapMs,
  claims: [{ contract, fields }],
  async *extract(ctx, request) {
    const folder = ctx.secret(request.connection.endpoint)
    for (const file of await arrived(folder, { match, manifest, interval: request.interval, ctx }))
      yield await deliver(request, join(folder, file.name), manifest)
  },
})

interface Arriving {
  readonly match: RegExp
  readonly manifest: boolean
  readonly interval: Interval
  readonly ctx: Context
}

async function arrived(
  folder: string,
  { match, manifest, interval, ctx }: Arriving,
): Promise<readonly { readonly name: string; readonly at: string }[]> {
  const names = await readFolder(folder)
  const manifests = new Set(
    names.filter(name => name.endsWith(manifestEnd)).map(name => name.slice(0, -manifestEnd.length)),
  )
  const files: { name: string; at: string }[] = []
  for (const name of names.filter(each => match.test(each) && !each.endsWith(manifestEnd))) {
    const at = instantOf((await stat(join(folder, name))).mtime)
    if (at < interval.from || at >= interval.to) continue
    if (manifest && !manifests.has(name)) ctx.log('no manifest yet', { folder: basename(folder), file: name })
    else files.push({ name, at })
  }
  const orphan = [...manifests].find(name => match.test(name) && !names.includes(name))
  if (orphan !== undefined)
    throw new Fault({
      what: `the manifest of ${orphan} lies in the folder, and the file does not`,
      where: folder,
      hint: 'Ask the sender to deliver the file; the interval stays open until then.',
      retry: 'later',
    })
  return files.sort((a, b) => (a.at + a.name < b.at + b.name ? -1 : 1))
}

async function readFolder(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    throw new Fault({
      what: `the folder cannot be read: ${(error as NodeJS.ErrnoException).code}`,
      where: folder,
      hint: 'See that it exists and that this user may read it.',
      retry: 'later',
      cause: error,
    })
  }
}

async function deliver({ land }: ExtractRequest, path: string, manifest: boolean): Promise<Delivery> {
  const promised = manifest ? await readPromised(path) : {}
  const before = await stat(path)
  const landed = await land(basename(path), createReadStream(path))
  const after = await stat(path)
  if (before.size !== after.size || before.mtimeMs !== after.mtimeMs || landed.bytes !== after.size)
    throw new Fault({
      what: 'the file changed while it was read',
      where: path,
      hint: 'It is read again; ask the sender to write beside and rename.',
      retry: 'now',
    })
  return { landed, promised }
}

async function readPromised(path: string): Promise<Promised> {
  const where = `${path}${manifestEnd}`
  try {
    const { rows, bytes, sha256 } = JSON.parse(await readFile(where, 'utf8')) as {
      readonly rows?: number
      readonly bytes?: number
      readonly sha256?: string
    }
    return {
      ...(rows === undefined ? {} : { records: rows }),
      ...(bytes === undefined ? {} : { bytes }),
      ...(sha256 === undefined ? {} : { sha256 }),
    }
  } catch (error) {
    throw new Fault({
      what: 'the manifest cannot be read',
      where,
      hint: 'Ask the sender to deliver it anew.',
      retry: 'later',
      cause: error,
    })
  }
}

/** A folder is its own account: its name says whose it is. */
export const dropCheck: Source['check'] = async (ctx: Context, connection: Connection) => {
  const folder = ctx.secret(connection.endpoint)
  try {
    await readFolder(folder)
  } catch (error) {
    throw toFault(error, connection.name)
  }
  return { account: basename(folder) }
}
