import { mkdir, rename, rm } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { Environment } from '../contracts/connection.ts'
import type { Context } from '../contracts/context.ts'
import { type Archive, openArchive } from './archive.ts'
import { checkLanded, isLanded, type Manifest, manifestName, readManifest } from './landing.ts'
import type { Landed } from './sources/source.ts'

/** Where landings lie: in a folder of this machine and, where there is an archive, in that for every other; the folder then is only where they are worked on. */
export interface Keeping {
  readonly landing: string
  readonly archive: Archive | undefined
}

export const keepingOf = async (
  ctx: Context,
  environment: Pick<Environment, 'name' | 'landing' | 'bucket'>,
): Promise<Keeping> => ({ landing: environment.landing, archive: await openArchive(ctx, environment) })

export const keyOf = ({ landing }: Keeping, folder: string): string => relative(landing, folder).split(sep).join('/')

/** Bytes have their checksum in their key: no later attempt, and no zombie, writes others over them. */
const fileKey = (key: string, { name, sha256 }: Landed): string => `${key}/${sha256}/${name}`

/** What has landed in the folder, on this machine or on another; undefined where nothing has landed whole. */
export async function keptManifest(keeping: Keeping, folder: string): Promise<Manifest | undefined> {
  return (await readManifest(folder)) ?? (await fetchManifest(keeping, folder))
}

/** What the archive gives for a manifest and is none is not kept: it may answer better another time. */
async function fetchManifest(keeping: Keeping, folder: string): Promise<Manifest | undefined> {
  if (!(await fetchFile(keeping, `${keyOf(keeping, folder)}/${manifestName}`, join(folder, manifestName))))
    return undefined
  return readManifest(folder).catch(async (error: unknown) => {
    await rm(join(folder, manifestName))
    throw error
  })
}

/** False where the archive does not have it. The file has its name only once it is complete. */
async function fetchFile({ archive }: Keeping, key: string, path: string): Promise<boolean> {
  await mkdir(join(path, '..'), { recursive: true })
  const draft = `${path}.part`
  if (archive === undefined || !(await archive.get(key, draft))) return false
  await rename(draft, path)
  return true
}

/**
 * Puts a landing into the archive, its manifest last, and gives what has landed: where another machine was first, its landing counts,
 * and this one is left.
 */
export async function keepLanding(keeping: Keeping, folder: string, landed: Manifest): Promise<Manifest> {
  const { archive } = keeping
  if (archive === undefined) return landed
  const key = keyOf(keeping, folder)
  const standing = new Set(await archive.list(`${key}/`))
  for (const file of landedIn(landed))
    if (!standing.has(fileKey(key, file))) await archive.put(fileKey(key, file), join(folder, file.name))
  if (await archive.putNew(`${key}/${manifestName}`, join(folder, manifestName))) return landed
  return (await fetchManifest(keeping, folder)) ?? landed
}

/** The file as it was landed, in the folder of this machine; a Fault where it is not to be had. */
export async function bringLanded(keeping: Keeping, folder: string, file: Landed): Promise<void> {
  if (keeping.archive !== undefined) {
    if (await isLanded(folder, file)) return
    await fetchFile(keeping, fileKey(keyOf(keeping, folder), file), join(folder, file.name))
  }
  await checkLanded(folder, file)
}

/** Takes away this machine's copies of what the archive keeps; the manifest stays. */
export async function dropCopies({ archive }: Keeping, folder: string, manifest: Manifest): Promise<void> {
  if (archive === undefined) return
  for (const { name } of landedIn(manifest)) await rm(join(folder, name), { force: true })
}

/** Every file of a landing, those that are never loaded too. */
export const landedIn = ({ deliveries, asides }: Pick<Manifest, 'deliveries' | 'asides'>): readonly Landed[] => [
  ...deliveries.map(({ landed }) => landed),
  ...asides.flatMap(aside => (aside.kind === 'beside' ? [aside.landed] : [])),
]
