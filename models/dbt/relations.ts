import { columnOf, type Import, leftInFile, leftInProperties, type Part } from './import.ts'
import { filtersOf } from './incremental.ts'
import { kindPart } from './kinds.ts'
import type { Left } from './left.ts'
import { compiledOf, type DbtNode, type DbtSource } from './manifest.ts'
import { lineOf } from './places.ts'
import { type Circles, promisesOf } from './promises.ts'
import { renamed, unnamedIn, withoutCopies } from './query.ts'
import { seedOf } from './seeds.ts'
import { modelText } from './text.ts'
import { unheardOf } from './unheard.ts'
import { unitTestsOf } from './unit-tests.ts'

/** One relation as it is carried: its files, none where it could not be. */
export interface Made {
  readonly id: string
  readonly relation: string
  readonly files: ReadonlyMap<string, string>
  readonly left: readonly Left[]
  readonly notes: readonly string[]
}

/** A model, a seed or a snapshot. */
export function modelOf(imported: Import, node: DbtNode, circles: Circles): Made {
  const relation = imported.names.of(node.unique_id) ?? ''
  const made = { id: node.unique_id, relation, notes: [] }
  const refused = (...said: readonly [string, string]): Made => ({
    ...made,
    files: new Map(),
    left: [leftInFile(imported, node, said)],
  })
  if (imported.external.includes(node.name)) return externalOf(imported, node, circles)
  if (node.resource_type === 'seed') return seedFiles(imported, node, circles)
  if (node.language !== 'sql')
    return refused(`it is written in ${node.language}`, 'Write it as SQL, or let dbt build it: --external.')
  const compiled = compiledOf(node, imported.files)
  if (compiled === undefined) return refused('dbt did not compile it', 'Run `dbt compile`, and import once more.')
  const kind = kindPart(imported, node)
  if (kind === undefined)
    return refused(
      node.resource_type === 'snapshot'
        ? 'its unique_key, or what makes a version, is no plain column'
        : `nothing here is materialized as ${node.config.materialized}`,
      node.resource_type === 'snapshot'
        ? 'Write it with kind: scd2, key and compare.'
        : 'Write it anew, or let dbt build it: --external.',
    )
  return queryFiles(imported, { node, kind, compiled }, circles)
}

interface Queried {
  readonly node: DbtNode
  readonly kind: Part
  readonly compiled: string
}

function queryFiles(imported: Import, { node, kind, compiled }: Queried, circles: Circles): Made {
  const { names } = imported
  const relation = names.of(node.unique_id) ?? ''
  const file = fileOf(relation)
  const query = evenly(renamed(withoutCopies(compiled, node, names), names))
  const said = describedPart(imported, node, circles)
  const text = modelText({ ...kind.words, ...said.words }, withFilter(query, { node, kind }))
  const tests = unitTestsOf(imported, node, query)
  const known = new Set([...imported.known, ...relationsOf(imported)])
  const foreign = unnamedIn(query, known).map(({ written, line }) => ({
    of: relation,
    file,
    line: line + lineOf(text, /^\*\/$/m),
    what: `${written} is no relation of this project`,
    todo: `Load it through a source, or declare it: models/<schema>/<name>.sql of the kind external.`,
  }))
  const isCopied = node.config.materialized === 'ephemeral'
  return {
    id: node.unique_id,
    relation,
    files: new Map([
      [file, text],
      ...(tests.text === undefined ? [] : [[besideOf(relation, 'test.yaml'), tests.text] as const]),
    ]),
    left: [...kind.left, ...said.left, ...unheardOf(imported, node), ...foreign, ...tests.left],
    notes: isCopied ? [`${relation} was ephemeral: it is a view, and what copied it reads it.`] : [],
  }
}

const relationsOf = ({ names, manifest }: Import): readonly string[] =>
  [...Object.keys(manifest.nodes), ...Object.keys(manifest.sources)].flatMap(id => names.of(id) ?? [])

/** What dbt asked for in an increment stays in sight until a person has written it. */
function withFilter(query: string, { node, kind }: Pick<Queried, 'node' | 'kind'>): string {
  if (kind.words.kind !== 'incremental') return query
  const asked = filtersOf(node).flatMap(filter => filter.split('\n').map(line => `--   ${line.trim()}`))
  const dbts = asked.length === 0 ? [] : ['-- dbt filtered so:', ...asked]
  return [query, `-- open: where ${kind.words.time} >= $start and ${kind.words.time} < $end`, ...dbts].join('\n')
}

const evenly = (query: string): string =>
  query
    .replaceAll(/[ \t]+$/gm, '')
    .replace(/^\s*\n/, '')
    .trimEnd()
    .replace(/;$/, '')
    .replaceAll(/\n{3,}/g, '\n\n')

function seedFiles(imported: Import, node: DbtNode, circles: Circles): Made {
  const relation = imported.names.of(node.unique_id) ?? ''
  const seed = seedOf(imported, node)
  const made = { id: node.unique_id, relation, notes: [] }
  if (seed === undefined) {
    const said = ['its CSV cannot be read', 'Copy it beside a model of the kind seed.'] as const
    return { ...made, files: new Map(), left: [leftInFile(imported, node, said)] }
  }
  const said = describedPart(imported, node, circles, seed.types)
  const files = new Map([
    [fileOf(relation), modelText({ ...seed.words, ...said.words }, '')],
    [besideOf(relation, 'csv'), seed.csv],
  ])
  return { ...made, files, left: [...seed.left, ...said.left, ...unheardOf(imported, node)] }
}

/** What dbt goes on building: its columns, its promises, and where dbt tells of its runs. */
function externalOf(imported: Import, node: DbtNode, circles: Circles): Made {
  const tells = node.unique_id.split('.').at(-1) === imported.names.of(node.unique_id)?.split('.')[1]
  const words = { kind: 'external', ...(tells ? { run_results: imported.runResults } : {}) }
  const untold = [
    'dbt tells of it under another name',
    'What reads it does not wait for dbt: give it an alias that is its name.',
  ] as const
  return standingOf(imported, node, { words, left: tells ? [] : [leftInFile(imported, node, untold)] }, circles)
}

/** A source is built by others; one that this project loads needs no file. */
export function sourceOf(imported: Import, source: DbtSource, circles: Circles): Made | undefined {
  const relation = imported.names.of(source.unique_id) ?? ''
  if (imported.known.includes(relation)) return undefined
  return standingOf(imported, source, { words: { kind: 'external' }, left: [] }, circles)
}

/** A relation that stands without this project's doing; it needs the type of each column, and its own schema. */
function standingOf(imported: Import, node: DbtNode | DbtSource, kind: Part, circles: Circles): Made {
  const { unique_id: id } = node
  const relation = imported.names.of(id) ?? ''
  const types = typesOf(imported, node)
  const made = { id, relation, notes: [] }
  const isElsewhere = relation.split('.')[0] === `dbt_${node.schema?.toLowerCase()}`
  if (types.size === 0 || isElsewhere) {
    const said = isElsewhere
      ? ([
          `it stands in the schema ${node.schema}, which is not for models here`,
          'Let it be built in another schema, or load it through a source.',
        ] as const)
      : ([
          'no type of its columns is known',
          'Give its columns a data_type, or run `dbt docs generate`, and import once more.',
        ] as const)
    return { ...made, files: new Map(), left: [leftInProperties(imported, node, said)] }
  }
  const said = describedPart(imported, node, circles, types)
  const untyped = Object.keys(said.words.columns as object).filter(column => !types.has(column))
  const left = untyped.map(column =>
    leftInProperties(
      imported,
      node,
      [`no type of the column ${column} is known`, 'Give it a data_type, and import once more.'],
      { column },
    ),
  )
  const text = modelText({ ...kind.words, ...said.words }, '')
  return { ...made, files: new Map([[fileOf(relation), text]]), left: [...kind.left, ...said.left, ...left] }
}

/** As the warehouse told dbt, or as a person did. */
function typesOf({ types }: Import, { unique_id, columns }: DbtNode | DbtSource): ReadonlyMap<string, string> {
  const told = Object.values(columns).map(({ name, data_type }) => [name, data_type] as const)
  return new Map(
    [...Object.entries(types.get(unique_id) ?? {}), ...told].flatMap(([name, type]) => {
      const column = columnOf(name)
      return column === undefined || type == null ? [] : [[column, type] as const]
    }),
  )
}

const fileOf = (relation: string): string => `models/${relation.replace('.', '/')}.sql`
const besideOf = (relation: string, ending: string): string => `models/${relation.replace('.', '/')}.${ending}`

/** What people are told of a relation, and its promises. */
function describedPart(
  imported: Import,
  node: DbtNode | DbtSource,
  ...[circles, types = new Map()]: readonly [Circles, ReadonlyMap<string, string>?]
): Part {
  const promises = promisesOf(imported, node, circles)
  const doc = node.description?.trim()
  const left: Left[] = [...promises.left]
  const silent = [
    'nothing says what one row of it is',
    `Write doc in models/${imported.names.of(node.unique_id)?.replace('.', '/')}.sql.`,
  ] as const
  if (!doc) left.push(leftInProperties(imported, node, silent))
  const told = new Map(
    Object.values(node.columns).flatMap(column => {
      const name = columnOf(column.name)
      if (name !== undefined) return [[name, column] as const]
      left.push(
        leftInProperties(
          imported,
          node,
          [`"${column.name}" is no name of a column here`, 'Give it a name of lower case letters, digits and _.'],
          { column: column.name },
        ),
      )
      return []
    }),
  )
  const names = [...new Set([...types.keys(), ...told.keys(), ...promises.byColumn.keys()])]
  const columns = names.map(name => {
    const column = told.get(name)
    const said = {
      doc: column?.description?.trim() || undefined,
      personal: isPersonal(column?.meta) || undefined,
      type: types.get(name),
      tests: promises.byColumn.get(name),
    }
    return [name, Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))] as const
  })
  const words = {
    doc: doc || 'Not described in dbt.',
    owner: ownerOf(imported, node),
    tags: [...new Set(node.tags)],
    columns: Object.fromEntries(columns),
  }
  return { words, left }
}

const isPersonal = (meta: Readonly<Record<string, unknown>> | undefined): boolean =>
  ['pii', 'contains_pii', 'personal'].some(word => meta?.[word] === true)

/** Whom dbt names in `meta.owner`, or the owner of its group. */
function ownerOf({ manifest }: Import, node: DbtNode | DbtSource): string | undefined {
  const config = 'config' in node ? node.config : undefined
  const named = node.meta.owner ?? config?.meta.owner
  if (typeof named === 'string' && named !== '') return named
  const owner = Object.values(manifest.groups).find(({ name }) => name === config?.group)?.owner
  return owner?.name ?? owner?.email?.[0]
}
