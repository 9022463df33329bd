import { Fault } from '../../contracts/fault.ts'
import type { Model } from '../model.ts'
import { closest } from './closest.ts'

export interface Selection {
  /** Each term adds models; none is all of them. */
  readonly terms: readonly string[]
  /** Each term takes models away. */
  readonly without?: readonly string[]
  /** Relations whose text means something else than in the state that is compared with, for `state:changed`. */
  readonly changed?: ReadonlySet<string>
}

/**
 * The models that terms name, in their order. A term is a name, a relation, a path, any of these with `*`, `tag:finance`, `owner:growth` or
 * `state:changed`; a `+` before it adds all that it reads, one behind it all that reads it, and a comma keeps what both sides name. A Fault where a
 * term names nothing: with the nearest that there is.
 */
export function selectModels(models: readonly Model[], { terms, without = [], changed }: Selection): readonly Model[] {
  const named = (all: readonly string[]): ReadonlySet<string> =>
    new Set(all.flatMap(term => [...namedBy(term, { models, changed })]))
  const wanted = terms.length === 0 ? new Set(models.map(({ relation }) => relation)) : named(terms)
  const unwanted = named(without)
  return models.filter(({ relation }) => wanted.has(relation) && !unwanted.has(relation))
}

interface Within {
  readonly models: readonly Model[]
  readonly changed: Selection['changed']
}

/** Both sides of a comma. */
function namedBy(term: string, within: Within): ReadonlySet<string> {
  const sides = term.split(',').map(part => withNeighbours(part.trim(), within))
  const [first = new Set<string>(), ...more] = sides
  return new Set([...first].filter(relation => more.every(side => side.has(relation))))
}

function withNeighbours(part: string, within: Within): ReadonlySet<string> {
  const core = part.replace(/^\+|\+$/g, '')
  const found = core.includes(':') && !core.includes('/') ? byWord(core, within) : byName(core, within)
  const all = new Set(found)
  if (part.startsWith('+')) upstream(all, found, within.models)
  if (part.endsWith('+')) downstream(all, found, within.models)
  return all
}

function byWord(core: string, { models, changed }: Within): readonly string[] {
  const [word = '', value = ''] = [core.slice(0, core.indexOf(':')), core.slice(core.indexOf(':') + 1)]
  if (word === 'state' && value === 'changed' && changed !== undefined) return [...changed]
  const values: Readonly<Record<string, (model: Model) => readonly string[]>> = {
    tag: ({ header }) => header.tags,
    owner: ({ header }) => (header.owner === undefined ? [] : [header.owner]),
    kind: ({ header }) => [header.kind],
  }
  const valuesOf = values[word]
  if (valuesOf === undefined) throw unknown(core, ['tag:', 'owner:', 'kind:', 'state:changed'])
  const found = models.filter(model => valuesOf(model).includes(value)).map(({ relation }) => relation)
  if (found.length === 0)
    throw unknown(
      core,
      [...new Set(models.flatMap(valuesOf))].map(each => `${word}:${each}`),
    )
  return found
}

function byName(core: string, { models }: Within): readonly string[] {
  const pattern = new RegExp(`^${core.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`)
  const found = models.filter(({ relation, name, file }) => [relation, name, file].some(each => pattern.test(each)))
  if (found.length === 0)
    throw unknown(
      core,
      models.flatMap(({ relation, name }) => [relation, name]),
    )
  return found.map(({ relation }) => relation)
}

/** Models stand after what they read, so one pass in either direction finds all. */
function upstream(all: Set<string>, found: readonly string[], models: readonly Model[]): void {
  const above = new Set(found)
  for (const { relation, reads } of models.toReversed())
    if (above.has(relation)) for (const read of reads) above.add(read)
  for (const { relation } of models) if (above.has(relation)) all.add(relation)
}

function downstream(all: Set<string>, found: readonly string[], models: readonly Model[]): void {
  const below = new Set(found)
  for (const { relation, reads } of models) if (reads.some(read => below.has(read))) below.add(relation)
  for (const relation of below) all.add(relation)
}

const unknown = (term: string, known: readonly string[]): Fault => {
  const near = closest(term, known) ?? closest(term.replace(/:.*/, ':'), known)
  return new Fault({
    what: `no model is named by "${term}"`,
    where: 'the command line',
    hint:
      near === undefined
        ? 'Name models, paths, tag:, owner:, kind: or state:changed; + before or behind adds what they read or what reads them.'
        : `Did you mean ${near}?`,
    retry: 'never',
  })
}
