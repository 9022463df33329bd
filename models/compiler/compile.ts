import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { Fault, toFault } from '../../contracts/fault.ts'
import type { Model } from '../model.ts'
import { auditsOf, referencesOf } from './audits.ts'
import { closest } from './closest.ts'
import { inOrder } from './graph.ts'
import { type Headed, readHeader } from './header.ts'
import { checkParameters } from './now.ts'
import { parseSql, type Read } from './sql.ts'

/**
 * Reads `models/<schema>/<name>.sql` of a project and gives its models in the order in which they can be built. `knownRelations`
 * are those that stand without a model: `raw` of the contracts, `ops`. All that is wrong is told in one Fault.
 */
export async function compileModels(root: string, knownRelations: readonly string[]): Promise<readonly Model[]> {
  const { models, faults } = await readModels(root, knownRelations)
  if (faults.length > 0) throw together(faults)
  return models
}

export interface Compiled {
  /** Those that can be read, in the order in which they can be built; none where they read each other in a circle. */
  readonly models: readonly Model[]
  readonly faults: readonly Fault[]
}

/** As `compileModels`, with each mistake for itself beside what is right. */
export async function readModels(root: string, knownRelations: readonly string[]): Promise<Compiled> {
  const files = await modelFiles(root)
  const faults: Fault[] = []
  const drafts: Draft[] = []
  for (const file of files) {
    try {
      drafts.push(draftOf(file, textOf(await readFile(join(root, file)), file)))
    } catch (error) {
      faults.push(toFault(error, file))
    }
  }
  const known = [...knownRelations, ...files.flatMap(file => relationOfFile(file) ?? [])]
  faults.push(...drafts.flatMap(draft => unknownReads(draft, known)))
  try {
    return { models: withFingerprints(inOrder(drafts)), faults }
  } catch (error) {
    return { models: [], faults: [...faults, toFault(error, 'models')] }
  }
}

/** The relations that the files of a project name, whether or not they compile. */
export const modelRelations = async (root: string): Promise<readonly string[]> =>
  (await modelFiles(root)).flatMap(file => relationOfFile(file) ?? [])

function textOf(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Fault({
      what: 'the file is not written in UTF-8',
      where: `${file}:${lineOfBreak(bytes)}:1`,
      hint: 'Save it as UTF-8; an older editor may call that “Unicode (UTF-8)”.',
      retry: 'never',
    })
  }
}

/** The line on which the first sign stands that is none. */
function lineOfBreak(bytes: Uint8Array): number {
  const lenient = new TextDecoder('utf-8').decode(bytes)
  return lenient.slice(0, lenient.indexOf('\ufffd')).split('\n').length
}

/** Folders of `models` that hold the machinery; schemas that are not the models' own. */
const machinery = ['warehouse', 'compiler']
const taken = ['raw', 'ops', 'gate', 'main', 'temp', 'information_schema', 'pg_catalog']

async function modelFiles(root: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, 'models'), { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries
    .filter(entry => entry.isFile() && entry.name.endsWith('.sql'))
    .map(entry => join(entry.parentPath, entry.name).slice(root.length).split(sep).filter(Boolean).join('/'))
    .filter(file => !machinery.includes(file.split('/')[1] ?? ''))
  return files.sort()
}

export function relationOfFile(file: string): string | undefined {
  const [, schema, name] = /^models\/([a-z_][a-z0-9_]*)\/([a-z_][a-z0-9_]*)\.sql$/.exec(file) ?? []
  return schema === undefined || name === undefined ? undefined : `${schema}.${name}`
}

interface Draft extends Omit<Model, 'fingerprint'> {
  /** With their places, to be checked. */
  readonly found: readonly Read[]
  readonly meaning: string
}

function draftOf(file: string, text: string): Draft {
  const relation = relationOfFile(file)
  const [schema = '', name = ''] = relation?.split('.') ?? []
  if (relation === undefined || taken.includes(schema))
    throw new Fault({
      what: relation === undefined ? `${file} names no relation` : `the schema ${schema} is not for models`,
      where: file,
      hint: 'A model is models/<schema>/<name>.sql, both in lower case letters, digits and _.',
      retry: 'never',
    })
  const headed = readHeader(text, file)
  checkParameters(headed.sql, file)
  const { reads, meaning } = parseSql(headed.sql, file)
  const itself = reads.find(read => read.relation === relation)
  if (itself !== undefined)
    throw new Fault({
      what: `${relation} reads itself`,
      where: `${file}:${itself.line}:${itself.column}`,
      hint: 'A model is made anew of what it reads; it cannot read what it was.',
      retry: 'never',
    })
  const found = [...reads, ...headerReads(headed, file).filter(read => read.relation !== relation)]
  return {
    name,
    relation,
    file,
    found,
    meaning,
    kind: headed.header.kind,
    sql: headed.sql.trimEnd(),
    header: headed.header,
    at: headed.at,
    reads: [...new Set(found.map(read => read.relation))],
    audits: of => auditsOf(headed.header, of),
  }
}

/** References and conditions read relations too; a condition that is no SQL is refused where it stands. */
function headerReads({ header, at }: Headed, file: string): readonly Read[] {
  const place = (path: readonly (string | number)[]): { line: number; column: number } => {
    const [line = 1, column = 1] = at(path).split(':').map(Number)
    return { line, column }
  }
  const conditions = header.audits.flatMap((condition, index) => {
    const position = place(['audits', index])
    try {
      return parseSql(`select 1 where (${condition}\n)`, file).reads.map(read => ({ ...read, ...position }))
    } catch (error) {
      const { what } = toFault(error, file)
      const where = `${file}:${position.line}:${position.column}`
      throw new Fault({
        what: `the audit "${condition}" is no condition: ${what}`,
        where,
        hint: 'Write one condition that every row satisfies.',
        retry: 'never',
      })
    }
  })
  const references = referencesOf(header).map(({ relation, column }) => ({
    relation,
    ...place(['columns', column, 'tests']),
  }))
  return [...conditions, ...references]
}

function unknownReads({ found, file }: Draft, known: readonly string[]): readonly Fault[] {
  const all = new Set(known)
  const unknown = found.filter(read => !all.has(read.relation))
  return unknown.map(read => {
    const meant = closest(read.relation, known)
    return new Fault({
      what: `there is no relation ${read.relation}`,
      where: `${file}:${read.line}:${read.column}`,
      hint: meant === undefined ? 'A model reads models, raw of a contract, and ops.' : `Did you mean ${meant}?`,
      retry: 'never',
    })
  })
}

function together(faults: readonly Fault[]): Fault {
  const [first, ...more] = faults
  if (first === undefined || more.length === 0) return first ?? toFault('no fault', 'models')
  return new Fault({
    what: faults.map(fault => `${fault.what} (${fault.where}; ${fault.hint})`).join('\n'),
    where: `${faults.length} places in models`,
    hint: first.hint,
    retry: 'never',
  })
}

function withFingerprints(drafts: readonly Draft[]): readonly Model[] {
  const prints = new Map<string, string>()
  return drafts.map(({ found, meaning, ...draft }) => {
    const upstream = draft.reads.toSorted().map(read => prints.get(read) ?? read)
    const hash = createHash('sha256').update(JSON.stringify([draft.relation, draft.kind, meaning, upstream]))
    const fingerprint = hash.digest('hex')
    prints.set(draft.relation, fingerprint)
    return { ...draft, fingerprint }
  })
}
