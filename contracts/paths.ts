import type { Json } from './context.ts'

/** A path names a place inside a record: `totalPriceSet.shopMoney.amount`, `fulfillments.0.createdAt`. */
export type Path = string

const index = /^[0-9]+$/
export const segments = (path: Path): readonly string[] => path.split('.')
export const isIndex = (segment: string): boolean => index.test(segment)

/** The value at a path; undefined where any part of the way is absent. Own properties only: `__proto__` is a name like any other. */
export function at(value: Json | undefined, path: Path): Json | undefined {
  let here: Json | undefined = value
  for (const segment of segments(path)) {
    if (typeof here !== 'object' || here === null) return undefined
    if (Array.isArray(here) !== isIndex(segment)) return undefined
    here = Object.hasOwn(here, segment) ? (here as Readonly<Record<string, Json>>)[segment] : undefined
  }
  return here
}

/** The text at a path; undefined where none stands there. */
export function textAt(value: Json | undefined, path: Path): string | undefined {
  const found = at(value, path)
  return typeof found === 'string' ? found : undefined
}

/**
 * What a record holds beside the named paths, or undefined where that is nothing. A list that a path enters counts as named whole.
 * An object that becomes empty because all in it is named counts as named.
 */
export function beside(value: Json, paths: readonly Path[]): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const rest = Object.create(null) as Record<string, Json>
  for (const [key, inner] of Object.entries(value)) {
    const below = paths.filter(path => path === key || path.startsWith(`${key}.`))
    const left = below.length === 0 ? inner : besideBelow(key, inner, below)
    if (left !== undefined) rest[key] = left
  }
  return Object.keys(rest).length === 0 ? undefined : rest
}

function besideBelow(key: string, inner: Json, below: readonly Path[]): Json | undefined {
  if (below.includes(key) || inner === null || Array.isArray(inner)) return undefined
  return beside(
    inner,
    below.map(path => path.slice(key.length + 1)),
  )
}
