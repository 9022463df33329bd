import { readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Keeping, keptManifest, keyOf, landedIn } from './kept.ts'
import { intervalOf, type LandingPlace, type Manifest, manifestName } from './landing.ts'
import type { Landed } from './sources/source.ts'

export type Scope = Pick<LandingPlace, 'pipeline' | 'connection'>

/** The intervals of a pipeline that lie on this machine or in the archive, by the names of their folders, and whether their bytes are gone. */
async function foldersOf(keeping: Keeping, { pipeline, connection }: Scope): Promise<ReadonlyMap<string, boolean>> {
  const above = join(keeping.landing, connection, pipeline)
  const key = keyOf(keeping, above)
  const archived = new Set(await keeping.archive?.list(`${key}/`))
  const local = await readdir(above).catch(() => [])
  const names = new Set([...local, ...[...archived].map(each => each.slice(key.length + 1).split('/')[0] ?? '')])
  const found = new Map<string, boolean>()
  for (const name of names)
    found.set(name, archived.has(`${key}/${name}/${forgotten}`) || (await stands(join(above, name, forgotten))))
  return found
}

/** Marks a landing whose manifest has outlived its bytes. */
const forgotten = 'forgotten'

const stands = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** Every interval of a pipeline that has landed whole and whose bytes are still there, oldest first. */
export async function landings(keeping: Keeping, scope: Scope): Promise<readonly Manifest[]> {
  const folders = await foldersOf(keeping, scope)
  const kept = [...folders].flatMap(([name, isForgotten]) => (isForgotten ? [] : [name]))
  const manifests = await manifestsOf(keeping, scope, kept)
  return manifests.sort((a, b) => (a.extractedAt < b.extractedAt ? -1 : 1))
}

async function manifestsOf(
  keeping: Keeping,
  { pipeline, connection }: Scope,
  names: readonly string[],
): Promise<Manifest[]> {
  const above = join(keeping.landing, connection, pipeline)
  const manifests = await Promise.all(names.map(name => keptManifest(keeping, join(above, name))))
  return manifests.filter(manifest => manifest !== undefined)
}

export interface Retention extends Scope {
  /** Landings of intervals that ended before this UTC instant go; of those asked for once more, what was asked before it. */
  readonly before: string
  /** True where manifests stay: what has landed must be known for longer than its bytes. */
  readonly manifests: boolean
}

/** Takes away what is older than it has to be kept. An interval that is only half taken away is taken away the next time. */
export async function forgetLandings(keeping: Keeping, { before, manifests, ...scope }: Retention): Promise<void> {
  for (const [name, isForgotten] of await foldersOf(keeping, scope)) {
    const interval = intervalOf(name)
    if (isForgotten || interval === undefined || (interval.asked ?? interval.to) >= before) continue
    const folder = join(keeping.landing, scope.connection, scope.pipeline, name)
    await (manifests ? forgetBytes(keeping, folder) : forgetAll(keeping, folder))
  }
}

async function forgetAll(keeping: Keeping, folder: string): Promise<void> {
  for (const key of (await keeping.archive?.list(`${keyOf(keeping, folder)}/`)) ?? [])
    await keeping.archive?.remove(key)
  await rm(folder, { recursive: true, force: true })
}

/** What never landed whole has no manifest, and nothing to be known of. */
async function forgetBytes(keeping: Keeping, folder: string): Promise<void> {
  const manifest = await keptManifest(keeping, folder)
  if (manifest === undefined) return forgetAll(keeping, folder)
  const key = keyOf(keeping, folder)
  for (const each of (await keeping.archive?.list(`${key}/`)) ?? [])
    if (each !== `${key}/${manifestName}`) await keeping.archive?.remove(each)
  for (const { name } of landedIn(manifest)) await rm(join(folder, name), { force: true })
  await writeFile(join(folder, forgotten), '')
  await keeping.archive?.put(`${key}/${forgotten}`, join(folder, forgotten))
}

/**
 * What the intervals before this one have landed, oldest first. One that reaches into this one was never closed: what it landed
 * may never have been loaded.
 */
export async function landedBefore(
  keeping: Keeping,
  { interval, ...scope }: Omit<LandingPlace, 'landing'>,
): Promise<readonly Landed[]> {
  const names = [...(await foldersOf(keeping, scope)).keys()]
  const isBefore = (to: string | undefined): boolean => to !== undefined && to <= interval.from
  const manifests = await manifestsOf(
    keeping,
    scope,
    names.filter(name => isBefore(intervalOf(name)?.to)),
  )
  return manifests.toSorted((a, b) => (a.interval.to < b.interval.to ? -1 : 1)).flatMap(landedIn)
}
