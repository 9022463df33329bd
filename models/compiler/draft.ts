import { createHash } from 'node:crypto'
import { toFault } from '../../contracts/fault.ts'
import type { Model } from '../model.ts'
import { type AuditFile, auditsOf, referencesOf } from './audits.ts'
import { type Cache, keyOf } from './cache.ts'
import { closest } from './closest.ts'
import type { ModelFiles } from './files.ts'
import { type Headed, type Header, placesOf, readHeader } from './header.ts'
import { attempt, type Mistake, spotOf } from './mistake.ts'
import { type Language, queryOf, wordAt } from './query.ts'
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
  readonly language: Language
  readonly cache: Cache
}

/** What was read of the same files before, where nothing was wrong. */
export function knownDraft(files: ModelFiles, terms: DraftTerms): Drafted | undefined {
  const known = terms.cache.get(draftKey(files, terms)) as Kept | undefined
  return known === undefined ? undefined : { draft: draftFrom(files, known), mistakes: [] }
}

const draftKey = ({ file, text, csv, audits, bodies }: ModelFiles, { language }: DraftTerms): string =>
  keyOf('draft', file, text, csv, [...audits], [...bodies], language.key)

/** What was read of the files of one model, to be kept where nothing is wrong. */
export function draftOf(files: ModelFiles, read: DraftRead, terms: DraftTerms): Drafted {
  if ('mistakes' in read) return read
  terms.cache.set(draftKey(files, terms), read)
  return { draft: draftFrom(files, read), mistakes: [] }
}

/** Plain values, so that another thread may read them. */
export type DraftRead = Kept | { readonly mistakes: readonly Mistake[] }

/** What a model is, as plain values. */
interface Kept extends Pick<Draft, 'sql' | 'body' | 'header' | 'own' | 'told' | 'found'> {
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
export function readDraft(files: ModelFiles, language: Language): Kept | { readonly mistakes: readonly Mistake[] } {
  const { file, relation } = files
  const headed = readHeader(files.text, file)
  if ('mistakes' in headed) {
    const mistakes = [...headed.mistakes]
    const { sql } = headed
    if (sql !== undefined) attempt(file, mistakes, () => parseSql(sql, file))
    return { mistakes }
  }
  const mistakes: Mistake[] = []
  const query = queryOf(files, headed, { language, mistakes })
  const audits = auditFiles(files, headed, mistakes)
  const beside = headerReads(files, headed, { audits, mistakes })
  if (query === undefined || mistakes.length > 0) return { mistakes }
  const found = [...query.reads, ...beside].filter(read => read.relation !== relation)
  const { header } = headed
  return {
    found,
    sql: query.sql.trimEnd(),
    body: query.file,
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

interface Gathering {
  readonly mistakes: Mistake[]
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
    file,
    ...spotOf(at(['columns', column, 'tests'])),
  }))
  return [...conditions, ...references]
}

/** The parser stumbles over the bracket that closes a condition which is not finished. */
function conditionTrouble(error: unknown, file: string): string {
  const { what } = toFault(error, file)
  return /unexpected token|RParen/i.test(what) ? 'something is missing, or too much, in it' : what
}
