import { createHash } from 'node:crypto'
import { toFault } from '../../contracts/fault.ts'
import type { Model } from '../model.ts'
import { type AuditFile, auditsOf, referencesOf } from './audits.ts'
import { type Cache, keyOf } from './cache.ts'
import { closest } from './closest.ts'
import type { ModelFiles } from './files.ts'
import { type Headed, type Header, placesOf, readHeader } from './header.ts'
import { attempt, type Mistake, spotOf } from './mistake.ts'
import { parameterMistakes } from './parameters.ts'
import { seedQuery } from './seed.ts'
import { parseSql, type Read } from './sql.ts'

/** A model of which nobody knows yet whether what it reads stands. */
export interface Draft extends Omit<Model, 'fingerprint'> {
  /** With their places, to be checked. */
  readonly found: readonly Read[]
}

export interface Drafted {
  readonly draft?: Draft
  readonly mistakes: readonly Mistake[]
}

export interface DraftTerms {
  /** Names that the project fills beside `$now`. */
  readonly variables: readonly string[]
  readonly cache: Cache
}

/** What was read of the same files before, where nothing was wrong. */
export function knownDraft(files: ModelFiles, terms: DraftTerms): Drafted | undefined {
  const known = terms.cache.get(draftKey(files, terms)) as Kept | undefined
  return known === undefined ? undefined : { draft: draftFrom(files, known), mistakes: [] }
}

const draftKey = ({ file, text, csv, audits, bodies }: ModelFiles, { variables }: DraftTerms): string =>
  keyOf('draft', file, text, csv, [...audits], [...bodies], variables)

/** What was read of the files of one model, to be kept where nothing is wrong. */
export function draftOf(files: ModelFiles, read: DraftRead, terms: DraftTerms): Drafted {
  if ('mistakes' in read) return read
  terms.cache.set(draftKey(files, terms), read)
  return { draft: draftFrom(files, read), mistakes: [] }
}

/** Plain values, so that another thread may read them. */
export type DraftRead = Kept | { readonly mistakes: readonly Mistake[] }

/** What a model is, as plain values. */
interface Kept extends Pick<Draft, 'sql' | 'header' | 'own' | 'told' | 'found'> {
  readonly audits: readonly AuditFile[]
}

const draftFrom = ({ file, relation, text }: ModelFiles, { audits, ...kept }: Kept): Draft => ({
  ...kept,
  name: relation.slice(relation.indexOf('.') + 1),
  relation,
  file,
  at: (path, of) => placesOf(text, file)(path, of),
  reads: [...new Set(kept.found.map(read => read.relation))],
  audits: places => auditsOf(kept.header, audits, places),
})

/** Reads the files of one model; the parser is loaded. */
export function readDraft(
  files: ModelFiles,
  variables: readonly string[],
): Kept | { readonly mistakes: readonly Mistake[] } {
  const { file, relation } = files
  const headed = readHeader(files.text, file)
  if ('mistakes' in headed) {
    const mistakes = [...headed.mistakes]
    attempt(file, mistakes, () => parseSql(headed.sql, file))
    return { mistakes }
  }
  const mistakes: Mistake[] = []
  const query = queryOf(files, headed, { variables, mistakes })
  const audits = auditFiles(files, headed, mistakes)
  const beside = headerReads(files, headed, { audits, mistakes })
  if (query === undefined || mistakes.length > 0) return { mistakes }
  const found = [...query.reads, ...beside].filter(read => read.relation !== relation)
  const { header } = headed
  return {
    found,
    sql: query.sql.trimEnd(),
    header,
    audits,
    own: createHash('sha256')
      .update(JSON.stringify([relation, query.meaning, shapeOf(header)]))
      .digest('hex'),
    told: createHash('sha256')
      .update(JSON.stringify([header, audits]))
      .digest('hex'),
  }
}

/** What of a header decides which rows stand, beside the query. */
const shapeOf = ({ kind, key, strategy, time, partition, grain, compare }: Header): unknown =>
  ['incremental', 'scd2'].includes(kind) ? { kind, key, strategy, time, partition, grain, compare } : kind

interface Query {
  readonly sql: string
  readonly reads: readonly Read[]
  readonly meaning: string
}

interface Gathering {
  readonly mistakes: Mistake[]
}

function queryOf(
  files: ModelFiles,
  headed: Headed,
  { variables, mistakes }: Gathering & { readonly variables: readonly string[] },
): Query | undefined {
  const { file, relation } = files
  const { kind, columns } = headed.header
  if (kind === 'seed' || kind === 'external') {
    const body = headed.sql.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, '')
    if (body.trim() !== '')
      mistakes.push(
        wordAt(headed, file, ['kind'], `the kind ${kind} has no query`, 'Take the query out, or make it a table.'),
      )
    return kind === 'seed' ? seedOf(files, headed, mistakes) : emptyOf(columns, { headed, file, mistakes })
  }
  mistakes.push(...parameterMistakes(headed.sql, { file, incremental: kind === 'incremental', variables }))
  const sql = files.bodies.get('duckdb') ?? headed.sql
  const parsed = attempt(file, mistakes, () => parseSql(sql, file))
  if (parsed === undefined) return undefined
  const itself = parsed.reads.find(read => read.relation === relation)
  if (itself === undefined) return { sql, ...parsed }
  const { line, column } = itself
  mistakes.push({
    file,
    line,
    column,
    what: `${relation} reads itself`,
    hint: 'A model is made of what it reads; it cannot read what it was. The kind incremental adds to what stands.',
  })
  return undefined
}

function seedOf({ csv, file }: ModelFiles, headed: Headed, mistakes: Mistake[]): Query | undefined {
  const beside = file.replace(/\.sql$/, '.csv')
  if (csv === undefined) {
    mistakes.push(
      wordAt(
        headed,
        file,
        ['kind'],
        `a seed needs its rows: there is no ${beside}`,
        'Put the CSV beside it; its first line names the columns.',
      ),
    )
    return undefined
  }
  const seeded = seedQuery(csv, headed.header, beside)
  if ('mistakes' in seeded) mistakes.push(...seeded.mistakes)
  return 'sql' in seeded ? { sql: seeded.sql, reads: [], meaning: seeded.sql } : undefined
}

/** What others build, as its columns: nobody can read them from a query. */
function emptyOf(
  columns: Header['columns'],
  { headed, file, mistakes }: Gathering & { readonly headed: Headed; readonly file: string },
): Query {
  const typed = Object.entries(columns).map(([column, { type }]) => {
    if (type === undefined)
      mistakes.push(
        wordAt(
          headed,
          file,
          ['columns', column],
          `the column ${column} has no type`,
          'Others build this relation: say of each column that models read what type it has, type: VARCHAR.',
        ),
      )
    return `cast(null as ${type ?? 'VARCHAR'}) as "${column}"`
  })
  const sql = `select ${typed.join(', ')} where false`
  return { sql, reads: [], meaning: sql }
}

function auditFiles({ audits, file }: ModelFiles, headed: Headed, mistakes: Mistake[]): readonly AuditFile[] {
  const named = headed.header.audits
    .map(({ sql }, index) => ({ sql, index }))
    .filter(({ sql }) => sql.endsWith('.audit.sql'))
  return named.flatMap(({ sql: called, index }) => {
    const sql = audits.get(called)
    if (sql !== undefined) return [{ name: called, sql }]
    const near = closest(called, [...audits.keys()])
    mistakes.push(
      wordAt(
        headed,
        file,
        ['audits', index],
        `there is no file ${called} beside the model`,
        near === undefined
          ? 'Put it there: a query that gives the rows which break the promise.'
          : `Did you mean ${near}?`,
      ),
    )
    return []
  })
}

const wordAt = (
  headed: Headed,
  file: string,
  ...[path, what, hint]: readonly [readonly (string | number)[], string, string]
): Mistake => ({
  file,
  ...spotOf(headed.at(path)),
  what,
  hint,
})

/** References, conditions and audit files read relations too; a condition that is no SQL is refused where it stands. */
function headerReads(
  { file }: ModelFiles,
  { header, at }: Headed,
  { audits, mistakes }: Gathering & { readonly audits: readonly AuditFile[] },
): readonly Read[] {
  const folder = file.slice(0, file.lastIndexOf('/') + 1)
  const conditions = header.audits.flatMap((audit, index) => {
    const place = spotOf(at(['audits', index]))
    const named = audits.find(({ name }) => name === audit.sql)
    if (named !== undefined)
      return attempt(folder + named.name, mistakes, () => parseSql(named.sql, folder + named.name))?.reads ?? []
    try {
      return parseSql(`select 1 where (${audit.sql}\n)`, file).reads.map(read => ({ ...read, ...place }))
    } catch (error) {
      mistakes.push({
        file,
        ...place,
        what: `the audit "${audit.sql}" is no condition: ${conditionTrouble(error, file)}`,
        hint: 'Write one condition that every row satisfies, such as total >= 0.',
      })
      return []
    }
  })
  const references = referencesOf(header).map(({ relation, column }) => ({
    relation,
    ...spotOf(at(['columns', column, 'tests'])),
  }))
  return [...conditions, ...references]
}

/** The parser stumbles over the bracket that closes a condition which is not finished. */
function conditionTrouble(error: unknown, file: string): string {
  const { what } = toFault(error, file)
  return /unexpected token|RParen/i.test(what) ? 'something is missing, or too much, in it' : what
}
