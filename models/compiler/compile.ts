import { createHash } from 'node:crypto'
import type { WarehouseKind } from '../../contracts/connection.ts'
import { Fault } from '../../contracts/fault.ts'
import type { Model } from '../model.ts'
import { type Cache, keyOf, noCache } from './cache.ts'
import { closest } from './closest.ts'
import { type Draft, draftOf, knownDraft } from './draft.ts'
import { type Exposure, readExposures } from './exposures.ts'
import { findFiles, type ModelFiles } from './files.ts'
import { inOrder } from './graph.ts'
import { byPlace, type Mistake } from './mistake.ts'
import type { PortableFunction } from './portable-functions.ts'
import { type FunctionTest, readFunctions } from './project-functions.ts'
import { readDrafts } from './read-drafts.ts'

export interface CompileTerms {
  /** Where the project lies. */
  readonly root: string
  /** Relations that stand without a model: `raw` of the contracts, `ops`. */
  readonly known: readonly string[]
  /** The project's own variables, by name. */
  readonly variables?: readonly string[]
  /** Warehouses that models must be right for; the first is the one that they are built in. */
  readonly targets?: readonly WarehouseKind[]
  readonly cache?: Cache
}

/** Reads `models/<schema>/<name>.sql` of a project and gives its models in the order in which they can be built. All that is wrong is told in one Fault. */
export async function compileModels(terms: CompileTerms): Promise<readonly Model[]> {
  const { models, mistakes } = await readModels(terms)
  if (mistakes.length > 0) throw together(mistakes)
  return models
}

export interface Compiled {
  /** Those that can be read, in the order in which they can be built; none that is in a circle or reads one. */
  readonly models: readonly Model[]
  readonly mistakes: readonly Mistake[]
  /** Dashboards that read them. */
  readonly exposures: readonly Exposure[]
  /** Relations whose files could not be read. */
  readonly unread: readonly string[]
  readonly functions: ReadonlyMap<string, PortableFunction>
  readonly functionTests: readonly FunctionTest[]
}

/** As `compileModels`, with each mistake for itself beside what is right. */
export async function readModels({
  root,
  known: grounds,
  variables = [],
  targets = ['duckdb'],
  cache = noCache,
}: CompileTerms): Promise<Compiled> {
  const found = await findFiles(root)
  const { functions, tests, mistakes: inFunctions } = await readFunctions(root)
  const language = { variables, functions, targets, key: keyOf(variables, [...functions], targets) }
  const known = found.models.map(files => knownDraft(files, { language, cache }))
  const unknown = found.models.filter((_, index) => known[index] === undefined)
  const read = new Map((await readDrafts(unknown, language)).map((each, index) => [unknown[index], each]))
  const drafted = found.models.map(
    (files, index) => known[index] ?? draftOf(files, read.get(files) ?? noRead, { language, cache }),
  )
  const drafts = drafted.flatMap(({ draft }) => draft ?? [])
  const unread = found.models.flatMap(({ relation }, index) => (drafted[index]?.draft === undefined ? [relation] : []))
  const relations = [...grounds, ...found.models.map(({ relation }) => relation)]
  const { exposures, mistakes: inExposures } = await readExposures(root, relations)
  const { ordered, circles } = inOrder(drafts)
  const mistakes = [
    ...inExposures,
    ...inFunctions,
    ...found.mistakes,
    ...drafted.flatMap(each => each.mistakes),
    ...unnamedAudits(found.models),
    ...unknownReads(drafts, relations),
    ...circles.map(circleMistake),
  ]
  const stuck = drafts.filter(draft => !ordered.includes(draft)).map(({ relation }) => relation)
  return {
    models: withFingerprints(ordered),
    mistakes: mistakes.toSorted(byPlace),
    exposures,
    unread: [...unread, ...stuck],
    functions,
    functionTests: tests,
  }
}

/** Told where the first of them reads the second. */
function circleMistake(circle: readonly Draft[]): Mistake {
  const [first, second] = circle
  const read = first?.found.find(({ relation }) => relation === second?.relation)
  return {
    file: read?.file ?? first?.file ?? 'models',
    line: read?.line ?? 1,
    column: read?.column ?? 1,
    what: `the models read each other in a circle: ${circle.map(({ relation }) => relation).join(' reads ')}`,
    hint: 'Move what they share into a model that both read.',
  }
}

const noRead = { mistakes: [] }

function unknownReads(drafts: readonly Draft[], known: readonly string[]): readonly Mistake[] {
  const all = new Set(known)
  return drafts.flatMap(({ found }) =>
    found
      .filter(read => !all.has(read.relation))
      .map(({ relation, file, line, column }) => ({
        file,
        line,
        column,
        what: `there is no relation ${relation}`,
        hint: meantRelation(relation, known),
      })),
  )
}

function meantRelation(relation: string, known: readonly string[]): string {
  const schema = relation.slice(0, relation.indexOf('.') + 1)
  const word = relation.slice(schema.length).replace(/s$/, '')
  const alike = known.filter(each => each.startsWith(schema) && each.slice(schema.length).includes(word))
  const near =
    closest(
      relation,
      known.filter(each => each.startsWith(schema)),
    ) ??
    alike.toSorted((a, b) => a.length - b.length)[0] ??
    closest(relation, known)
  if (near !== undefined) return `Did you mean ${near}? \`boomerang model relations\` lists all.`
  const beside = known.filter(each => each.startsWith(schema))
  return beside.length === 0
    ? 'A model reads models, raw of a contract, and ops.'
    : `${schema.slice(0, -1)} has ${beside.map(each => each.slice(schema.length)).join(', ')}.`
}

/** An audit that no header names would never be asked. */
function unnamedAudits(models: readonly ModelFiles[]): readonly Mistake[] {
  const folders = new Map<string, { readonly names: readonly string[]; text: string }>()
  for (const { file, audits, text } of models) {
    const folder = file.slice(0, file.lastIndexOf('/') + 1)
    folders.set(folder, { names: [...audits.keys()], text: (folders.get(folder)?.text ?? '') + text })
  }
  return [...folders].flatMap(([folder, { names, text }]) =>
    names
      .filter(each => !text.includes(each))
      .map(each => ({
        file: folder + each,
        line: 1,
        column: 1,
        what: 'no model names this audit, so it is never asked',
        hint: `Write it into the header of the model that it is about: audits: [${each}]`,
      })),
  )
}

function together(mistakes: readonly Mistake[]): Fault {
  const told = mistakes.map(({ file, line, column, what, hint }) => ({
    where: `${file}:${line}:${column}`,
    what,
    hint,
  }))
  const [first] = told
  const one = told.length === 1 && first !== undefined
  return new Fault({
    what: one ? first.what : told.map(({ where, what, hint }) => `${what} (${where}; ${hint})`).join('\n'),
    where: one ? first.where : `${told.length} places in models`,
    hint: first?.hint ?? '',
    retry: 'never',
  })
}

function withFingerprints(drafts: readonly Draft[]): readonly Model[] {
  const prints = new Map<string, string>()
  return drafts.map(({ found, ...draft }) => {
    const upstream = draft.reads.toSorted().map(read => prints.get(read) ?? read)
    const fingerprint = createHash('sha256')
      .update(JSON.stringify([draft.own, upstream]))
      .digest('hex')
    prints.set(draft.relation, fingerprint)
    return { ...draft, fingerprint }
  })
}
