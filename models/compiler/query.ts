import type { WarehouseKind } from '../../contracts/connection.ts'
import { expandFunctions } from './expand.ts'
import type { ModelFiles } from './files.ts'
import type { Headed, Header } from './header.ts'
import { attempt, type Mistake, spotOf } from './mistake.ts'
import { parameterMistakes } from './parameters.ts'
import { foreignMistakes, portabilityMistakes } from './portability.ts'
import type { PortableFunction } from './portable-functions.ts'
import { seedQuery } from './seed.ts'
import { parseSql, type Read } from './sql.ts'

/** What the models of a project may say beside SQL, and for whom. */
export interface Language {
  /** Names that the project fills beside `$now`. */
  readonly variables: readonly string[]
  readonly functions: ReadonlyMap<string, PortableFunction>
  /** Warehouses that every model must be right for; the first is the one that it is built in. */
  readonly targets: readonly WarehouseKind[]
  /** The same for the same of all this. */
  readonly key: string
}

export interface Query {
  readonly sql: string
  readonly reads: readonly Read[]
  readonly meaning: string
  /** The file that holds the query. */
  readonly file: string
}

interface Gathering {
  readonly mistakes: Mistake[]
}

/** The query of a model for the warehouse that it is built in; what is wrong with it there, or for another warehouse, becomes mistakes. */
export function queryOf(
  files: ModelFiles,
  headed: Headed,
  { language, mistakes }: Gathering & { readonly language: Language },
): Query | undefined {
  const { file } = files
  const { kind, columns } = headed.header
  if (kind === 'seed' || kind === 'external') {
    const body = headed.sql.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, '')
    if (body.trim() !== '')
      mistakes.push(
        wordAt(headed, file, ['kind'], `the kind ${kind} has no query`, 'Take the query out, or make it a table.'),
      )
    return kind === 'seed' ? seedOf(files, headed, mistakes) : emptyOf(columns, { headed, file, mistakes })
  }
  const [own = 'duckdb', ...others] = language.targets
  const body = bodyFor(own, files, headed)
  const known = { file: body.file, incremental: kind === 'incremental', variables: language.variables }
  mistakes.push(...parameterMistakes(body.text, known))
  for (const target of others) mistakes.push(...mistakesFor(target, bodyFor(target, files, headed), language))
  return readBody(body, { relation: files.relation, target: own, language, mistakes })
}

interface Body {
  readonly file: string
  readonly text: string
  /** True where it was written for that warehouse alone. */
  readonly native: boolean
}

function bodyFor(target: WarehouseKind, { file, bodies }: ModelFiles, headed: Headed): Body {
  const text = bodies.get(target)
  return text === undefined
    ? { file, text: headed.sql, native: false }
    : { file: file.replace(/\.sql$/, `.${target}.sql`), text, native: true }
}

/** For a warehouse that is not at hand: its functions are there, its parser takes the SQL, and nothing in it is DuckDB's alone. */
function mistakesFor(target: WarehouseKind, { file, text, native }: Body, { functions }: Language): readonly Mistake[] {
  const { sql, mistakes } = expandFunctions(text, { file, target, functions })
  return [
    ...mistakes,
    ...(native ? [] : portabilityMistakes(text, { file, target })),
    ...(mistakes.length > 0 ? [] : foreignMistakes(sql, { file, target })),
  ]
}

interface Reading extends Gathering {
  readonly relation: string
  readonly target: WarehouseKind
  readonly language: Language
}

function readBody({ file, text }: Body, { relation, target, language, mistakes }: Reading): Query | undefined {
  const expanded = expandFunctions(text, { file, target, functions: language.functions })
  mistakes.push(...expanded.mistakes)
  const parsed = expanded.mistakes.length > 0 ? undefined : attempt(file, mistakes, () => parseSql(expanded.sql, file))
  if (parsed === undefined) return undefined
  const itself = parsed.reads.find(read => read.relation === relation)
  if (itself === undefined) return { sql: expanded.sql, ...parsed, file }
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
  return 'sql' in seeded ? { sql: seeded.sql, reads: [], meaning: seeded.sql, file } : undefined
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
  return { sql, reads: [], meaning: sql, file }
}

/** A mistake at a word of the header. */
export const wordAt = (
  headed: Headed,
  file: string,
  ...[path, what, hint]: readonly [readonly (string | number)[], string, string]
): Mistake => ({
  file,
  ...spotOf(headed.at(path)),
  what,
  hint,
})
