import { readdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { folderOf, type LandingPlace, type Manifest, readManifest } from './landing.ts'
import type { Landed } from './sources/source.ts'

/** Every interval of a pipeline that has landed whole and whose bytes are still there, oldest first. */
export async function landings({
  landing,
  connection,
  pipeline,
}: Omit<LandingPlace, 'interval'>): Promise<readonly Manifest[]> {
  const above = join(landing, connection, pipeline)
  const folders = await readdir(above).catch(() => [])
  const manifests = await Promise.all(folders.map(folder => keptManifest(join(above, folder))))
  return manifests.filter(manifest => manifest !== undefined).sort((a, b) => (a.extractedAt < b.extractedAt ? -1 : 1))
}

const keptManifest = async (folder: string): Promise<Manifest | undefined> =>
  (await isForgotten(folder)) ? undefined : readManifest(folder)

export interface Retention extends Omit<LandingPlace, 'interval'> {
  /** Landings of intervals that ended before this UTC instant go. */
  readonly before: string
  /** True where manifests stay: what has landed must be known for longer than its bytes. */
  readonly manifests: boolean
}

/** Takes away what is older than it has to be kept. An interval that is only half taken away is taken away the next time. */
export async function forgetLandings({ landing, connection, pipeline, before, manifests }: Retention): Promise<void> {
  const above = join(landing, connection, pipeline)
  for (const each of await readdir(above).catch(() => [])) {
    const folder = join(above, each)
    if (await isForgotten(folder)) continue
    const manifest = await readManifest(folder)
    if (manifest === undefined || manifest.interval.to >= before) continue
    if (!manifests) await rm(folder, { recursive: true })
    else {
      for (const { name } of landedIn(manifest)) await rm(join(folder, name), { force: true })
      await writeFile(join(folder, forgotten), '')
    }
  }
}

/** Marks a landing whose manifest has outlived its bytes. */
const forgotten = 'forgotten'

const isForgotten = (folder: string): Promise<boolean> =>
  stat(join(folder, forgotten)).then(
    () => true,
    () => false,
  )

/** Every file of a landing, those that are never loaded too. */
export const landedIn = ({ deliveries, asides }: Pick<Manifest, 'deliveries' | 'asides'>): readonly Landed[] => [
  ...deliveries.map(({ landed }) => landed),
  ...asides.flatMap(aside => (aside.kind === 'beside' ? [aside.landed] : [])),
]

/**
 * What the intervals before this one have landed, oldest first. One that reaches into this one was never closed: what it landed
 * may never have been loaded.
 */
export async function landedBefore(place: LandingPlace): Promise<readonly Landed[]> {
  const above = dirname(folderOf(place))
  const manifests = await Promise.all((await readdir(above)).map(each => readManifest(join(above, each))))
  return manifests
    .filter(manifest => manifest !== undefined)
    .filter(manifest => manifest.interval.to <= place.interval.from)
    .toSorted((a, b) => (a.interval.to < b.interval.to ? -1 : 1))
    .flatMap(landedIn)
}
