import type { Interval } from '../../../contracts/connection.ts'
import type { FoundFile } from './place.ts'

/** What was agreed with the sender as the sign that a file is whole. */
export type Complete =
  /** `<file>.manifest.json` beside it, written after it: its rows, bytes and checksum. */
  | { readonly by: 'manifest' }
  /** An empty file beside it, written after it: its name with `ends` behind it, or in the place of what it `replaces`. */
  | { readonly by: 'marker'; readonly ends: string; readonly replaces?: string }
  /** Its own last line, which the object's dialect declares. */
  | { readonly by: 'trailer' }
  /** Its size and time, which stay the same for so many milliseconds. */
  | { readonly by: 'settled'; readonly ms: number }
  /** Its name: the sender writes under another, or elsewhere, and renames. */
  | { readonly by: 'name' }

/** A file of the object, and what vouches for it where that lies beside it. */
export interface DropFile extends FoundFile {
  /** Its name without the ending of a compression. */
  readonly bare: string
  readonly witness: FoundFile | undefined
  /** When it became complete, by the clock of its place. */
  readonly completeAt: number
}

export interface Sorted {
  readonly complete: readonly DropFile[]
  /** Names of files whose witness has not come, or is older than they are. */
  readonly waiting: readonly string[]
  /** Names that a witness speaks of and that are not there. */
  readonly orphans: readonly { readonly about: string; readonly at: number }[]
}

interface Beside {
  readonly ends: string
  readonly replaces: string
}

const besides = (complete: Complete): Beside | undefined => {
  if (complete.by === 'manifest') return { ends: '.manifest.json', replaces: '' }
  return complete.by === 'marker' ? { ends: complete.ends, replaces: complete.replaces ?? '' } : undefined
}

/** The file that a name speaks of, where it is that of a witness. */
function aboutOf(name: string, beside: Beside | undefined): string | undefined {
  if (beside === undefined || !name.endsWith(beside.ends)) return undefined
  return `${name.slice(0, -beside.ends.length)}${beside.replaces}`
}

export const endings = { none: '', gzip: '.gz', zstd: '.zst' } as const

const bareOf = (name: string): string => name.replace(/\.(gz|zst)$/, '')

/** True for the names of an object's files, and of what vouches for them; never for one that leads out of a folder. */
export const isOurs =
  ({ match, complete }: { readonly match: RegExp; readonly complete: Complete }) =>
  (name: string): boolean =>
    !name.includes('/') && match.test(bareOf(aboutOf(name, besides(complete)) ?? name))

/** Sorts what lies there into files that are whole, files that wait for their witness, and witnesses without a file. */
export function sorted(found: readonly FoundFile[], complete: Complete): Sorted {
  const beside = besides(complete)
  const data = found.filter(({ name }) => aboutOf(name, beside) === undefined)
  const witnesses = new Map(found.flatMap(file => pairOf(file, aboutOf(file.name, beside))))
  const files = data.map(file => dropFileOf(file, witnesses.get(file.name)))
  const names = new Set(data.map(({ name }) => name))
  const isWhole = ({ witness, at }: DropFile): boolean =>
    beside === undefined || (witness !== undefined && (complete.by === 'manifest' || witness.at >= at))
  return {
    complete: files.filter(isWhole),
    waiting: files.filter(file => !isWhole(file)).map(({ name }) => name),
    orphans: [...witnesses].flatMap(([about, { at }]) => (names.has(about) ? [] : [{ about, at }])),
  }
}

const pairOf = (file: FoundFile, about: string | undefined): readonly (readonly [string, FoundFile])[] =>
  about === undefined ? [] : [[about, file]]

const dropFileOf = (file: FoundFile, witness: FoundFile | undefined): DropFile => ({
  ...file,
  bare: bareOf(file.name),
  witness,
  completeAt: Math.max(file.at, witness?.at ?? 0),
})

/** Whether an instant in milliseconds lies in an interval. */
export const isWithin = (at: number, { from, to }: Interval): boolean => at >= Date.parse(from) && at < Date.parse(to)
