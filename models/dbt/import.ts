import type { Left } from './left.ts'
import { type DbtNode, type DbtSource, type Manifest, pathOf, propertiesOf } from './manifest.ts'
import type { Names } from './names.ts'
import { lineIn, lineOf, type Sought } from './places.ts'

/** What is known of a dbt project, and of the project that it is carried into. */
export interface ImportTerms {
  /** Texts of the dbt project by their paths in it; those of `filesOf` that there are. */
  readonly files: ReadonlyMap<string, string>
  /** Relations that stand here without a model: `raw` of the contracts, `ops`. */
  readonly known: readonly string[]
  /** Files under `models` that stand here. */
  readonly stands: ReadonlySet<string>
  /** Names of models that dbt goes on building. */
  readonly external: readonly string[]
  /** Where dbt tells of its runs, from this project. */
  readonly runResults: string
  /** Types of columns by relation and column, where dbt wrote its catalog. */
  readonly types: ReadonlyMap<string, Readonly<Record<string, string>>>
}

export interface Import extends ImportTerms {
  readonly manifest: Manifest
  readonly names: Names
}

/** One relation on its way: its header in parts, its query, and what is left of it. */
export interface Part {
  readonly words: Readonly<Record<string, unknown>>
  readonly left: readonly Left[]
}

/** What is said of something that is left, beside its place. */
type Said = readonly [what: string, todo: string]

const sections = { model: 'models', seed: 'seeds', snapshot: 'snapshots' } as const

/** Something left at the file of a node: on the line of a pattern, or the first; a node that is all properties, at them. */
export function leftInFile(imported: Import, node: DbtNode, said: Said, pattern = /^/): Left {
  const file = pathOf(imported.manifest, node.package_name, node.original_file_path)
  if (/\.ya?ml$/.test(file)) return leftInProperties(imported, node, said)
  const line = lineOf(imported.files.get(file), pattern)
  return { of: imported.names.of(node.unique_id), file, line, what: said[0], todo: said[1] }
}

/** Something left at the properties of a relation, or of one of its columns or tests. */
export function leftInProperties(
  imported: Import,
  node: DbtNode | DbtSource,
  said: Said,
  more: Pick<Sought, 'column' | 'test'> = {},
): Left {
  const isSource = 'identifier' in node
  const own = pathOf(imported.manifest, node.package_name, node.original_file_path)
  const file = propertiesOf(imported.manifest, node) ?? own
  const sought: Sought = isSource
    ? { section: 'sources', name: node.source_name, table: node.name, ...more }
    : { section: sections[node.resource_type as keyof typeof sections] ?? 'models', name: node.name, ...more }
  const line = /\.ya?ml$/.test(file) ? lineIn(imported.files.get(file), sought) : 1
  return { of: imported.names.of(node.unique_id), file, line, what: said[0], todo: said[1] }
}

/** Says what a header takes as the name of a column; undefined where it could not name it. */
export function columnOf(text: string): string | undefined {
  const plain = text.replaceAll(/^["`]|["`]$/g, '').toLowerCase()
  return /^[a-z_][a-z0-9_]*$/.test(plain) ? plain : undefined
}

/** All of them as columns; undefined where one is an expression, or there is none. */
export function columnsOf(texts: readonly string[]): readonly string[] | undefined {
  const columns = texts.flatMap(text => text.split(',').map(each => columnOf(each.trim())))
  return columns.length === 0 || columns.includes(undefined) ? undefined : (columns as readonly string[])
}
