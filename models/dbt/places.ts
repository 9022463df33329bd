import { type PlacedYaml, placedYaml } from '../compiler/placed-yaml.ts'

/** What is looked for in a file of properties. */
export interface Sought {
  readonly section: 'models' | 'seeds' | 'snapshots' | 'sources' | 'exposures' | 'unit_tests'
  readonly name: string
  /** Of a source, the table. */
  readonly table?: string
  readonly column?: string | undefined
  /** How a test is called there. */
  readonly test?: string
}

type Tree = { readonly [key: string]: Tree } | readonly Tree[] | string | null | undefined

/** The line of a file of properties on which something stands, or the nearest above it that is known. */
export function lineIn(text: string | undefined, sought: Sought): number {
  const yaml = placedYaml(text ?? '', '')
  if (!('document' in yaml)) return 1
  const path: (string | number)[] = []
  let here = yaml.document.toJS() as Tree
  const go = (list: string, name: string): void => {
    const all = child(here, list)
    const index = Array.isArray(all) ? all.findIndex(each => calledIn(each, name)) : -1
    if (index < 0) return
    path.push(list, index)
    here = child(all, index)
  }
  go(sought.section, sought.name)
  if (sought.table !== undefined) go('tables', sought.table)
  if (sought.column !== undefined) go('columns', sought.column)
  if (sought.test !== undefined) for (const list of ['data_tests', 'tests']) go(list, sought.test)
  return lineAt(yaml, path)
}

const lineAt = ({ at }: PlacedYaml, path: readonly (string | number)[]): number =>
  path.length === 0 ? 1 : Number(at(path).split(':')[0])

const child = (tree: Tree, key: string | number): Tree =>
  typeof tree === 'object' && tree !== null ? (tree as Readonly<Record<string | number, Tree>>)[key] : undefined

/** A thing by its name; a test is a word, or a map of one. */
const calledIn = (tree: Tree, name: string): boolean =>
  tree === name || (typeof tree === 'object' && (child(tree, 'name') === name || child(tree, name) !== undefined))

/** The line of a text on which a pattern is first found. */
export function lineOf(text: string | undefined, pattern: RegExp): number {
  const at = text?.search(pattern) ?? -1
  return at < 0 ? 1 : (text ?? '').slice(0, at).split('\n').length
}
