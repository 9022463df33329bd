import { mentionedColumns } from '../compiler/sql.ts'
import type { Import } from './import.ts'
import type { Left } from './left.ts'
import { type DbtNode, type DbtRows, type DbtUnitTest, pathOf } from './manifest.ts'
import { lineIn } from './places.ts'
import { yamlOf } from './text.ts'

export interface UnitTests {
  /** The file beside the model; undefined where none could be carried. */
  readonly text: string | undefined
  readonly left: readonly Left[]
}

type Row = Readonly<Record<string, unknown>>
type Rows = { readonly rows: readonly Row[] } | { readonly why: string }

/** The unit tests of a model as the file beside it; those that say more than rows are left. */
export function unitTestsOf(imported: Import, node: DbtNode, query: string): UnitTests {
  const { manifest } = imported
  const own = Object.values(manifest.unit_tests).filter(
    ({ depends_on, model }) =>
      depends_on.nodes[0] === node.unique_id || (depends_on.nodes.length === 0 && model === node.name),
  )
  const read = own.map(test => ({ test, carried: carriedTest(imported, test, query) }))
  const texts = read.flatMap(({ carried }) => ('text' in carried ? [carried.text] : []))
  const left = read.flatMap(({ test, carried }) =>
    'why' in carried ? [leftTest(imported, { node, test }, carried.why)] : [],
  )
  return { text: texts.length === 0 ? undefined : texts.join('\n'), left }
}

function carriedTest(
  imported: Import,
  test: DbtUnitTest,
  query: string,
): { readonly text: string } | { readonly why: string } {
  const overridden = overrideOf(test)
  if (overridden !== undefined) return { why: overridden }
  const given: string[] = []
  for (const { input, ...more } of test.given) {
    const id = inputOf(imported, input)
    const relation = id === undefined ? undefined : imported.names.of(id)
    if (id === undefined || relation === undefined) return { why: `its input ${input} is no relation here` }
    const rows = rowsOf(more)
    if ('why' in rows) return rows
    given.push(`    ${relation}:${listOf(filled(imported, { id, rows: rows.rows }, query), 6)}`)
  }
  const expect = rowsOf(test.expect)
  if ('why' in expect) return expect
  const inputs = given.length === 0 ? '' : `  given:\n${given.join('\n')}\n`
  return {
    text: `- name: ${yamlOf(test.description?.trim() || test.name)}\n${inputs}  expect:${listOf(expect.rows, 4)}\n`,
  }
}

const listOf = (rows: readonly Row[], indent: number): string =>
  rows.length === 0 ? ' []' : rows.map(row => `\n${' '.repeat(indent)}- ${yamlOf(row)}`).join('')

/** A macro or a variable that the test sets otherwise. That the query is built in full it is here, too. */
function overrideOf({ overrides }: DbtUnitTest): string | undefined {
  const set = Object.entries(overrides ?? {}).flatMap(([kind, all]) =>
    Object.entries((all ?? {}) as Row).map(([name, value]) => ({ kind, name, value })),
  )
  const other = set.find(({ name, value }) => !(name === 'is_incremental' && value === false))
  return other === undefined ? undefined : `it sets ${other.name} otherwise`
}

/** The node that `ref('orders')` or `source('erp', 'invoices')` names. */
export function inputOf({ manifest }: Pick<Import, 'manifest'>, input: string): string | undefined {
  const names = [...input.matchAll(/'([^']*)'|"([^"]*)"/g)].map(([, single, double]) => single ?? double ?? '')
  if (/^\s*source\s*\(/.test(input))
    return Object.values(manifest.sources).find(
      ({ source_name, name }) => source_name === names[0] && name === names[1],
    )?.unique_id
  if (!/^\s*ref\s*\(/.test(input)) return undefined
  const found = Object.values(manifest.nodes).filter(
    ({ name, package_name, resource_type }) =>
      name === names.at(-1) && resource_type !== 'test' && (names.length < 2 || package_name === names[0]),
  )
  return (found.find(({ package_name }) => package_name === manifest.metadata.project_name) ?? found[0])?.unique_id
}

function rowsOf({ rows, format }: DbtRows): Rows {
  if (format === 'sql' || typeof rows === 'string') return { why: 'its rows are a query' }
  const all = (rows ?? []).map(row =>
    Object.fromEntries(
      Object.entries(row).map(([column, cell]) => [
        column.toLowerCase(),
        format === 'csv' && cell === '' ? null : cell,
      ]),
    ),
  )
  const isNested = all.some(row => Object.values(row).some(cell => typeof cell === 'object' && cell !== null))
  return isNested ? { why: 'a cell of its rows is no plain value' } : { rows: all }
}

interface Given {
  readonly id: string
  readonly rows: readonly Row[]
}

/** What the rows do not say is null with dbt; here a row names what the model reads. */
function filled({ manifest, files, types }: Import, { id, rows }: Given, query: string): readonly Row[] {
  const node = manifest.nodes[id]
  const csv =
    node?.resource_type === 'seed' ? files.get(pathOf(manifest, node.package_name, node.original_file_path)) : undefined
  const known = [
    ...Object.keys(types.get(id) ?? {}),
    ...Object.keys(manifest.nodes[id]?.columns ?? manifest.sources[id]?.columns ?? {}),
    ...(csv
      ?.split(/\r?\n/)[0]
      ?.replace(/^\uFEFF/, '')
      .split(node?.config.delimiter ?? ',') ?? []),
  ].map(column => column.toLowerCase())
  const read = new Set([...mentionedColumns(query)].map(column => column.toLowerCase()))
  const missing = [...new Set(known)].filter(column => read.has(column) && !rows.some(row => column in row))
  const [first, ...others] = rows
  return first === undefined
    ? rows
    : [{ ...first, ...Object.fromEntries(missing.map(column => [column, null])) }, ...others]
}

interface Untold {
  readonly node: DbtNode
  readonly test: DbtUnitTest
}

function leftTest({ manifest, names, files }: Import, { node, test }: Untold, why: string): Left {
  const file = pathOf(manifest, test.package_name, test.original_file_path)
  const of = names.of(node.unique_id) ?? ''
  return {
    of,
    file,
    line: lineIn(files.get(file), { section: 'unit_tests', name: test.name }),
    what: `the unit test ${test.name} is not carried: ${why}`,
    todo: `Write it with rows into models/${of.replace('.', '/')}.test.yaml.`,
  }
}
