import { describedPart } from './described.ts'
import { type Import, leftInFile, type Part } from './import.ts'
import { filtersOf } from './incremental.ts'
import { kindPart } from './kinds.ts'
import { besideOf, fileOf, type Made } from './made.ts'
import { compiledOf, type DbtNode } from './manifest.ts'
import { lineOf } from './places.ts'
import type { Circles } from './promises.ts'
import { renamed, unnamedIn, withoutCopies } from './query.ts'
import { seedOf } from './seeds.ts'
import { externalOf } from './standing.ts'
import { modelText } from './text.ts'
import { unheardOf } from './unheard.ts'
import { unitTestsOf } from './unit-tests.ts'

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
  if (kind === undefined) return refused(...kindless(node))
  return queryFiles(imported, { node, kind, compiled }, circles)
}

function kindless({ resource_type, config }: DbtNode): readonly [string, string] {
  if (resource_type !== 'snapshot')
    return [`nothing here is materialized as ${config.materialized}`, 'Write it anew, or let dbt build it: --external.']
  return config.check_cols?.[0] === 'all' && config.strategy === 'check'
    ? [
        'nobody knows which columns check_cols: all compares',
        'Run `dbt docs generate` after a run, and import once more.',
      ]
    : ['its unique_key, or what makes a version, is no plain column', 'Write it with kind: scd2, key and compare.']
}

/** Where the relation stands already, dbt compiles what an increment asks. */
const ofIncrement = [
  'dbt compiled the query of an increment, which reads the relation itself',
  'Run `dbt compile --full-refresh`, and import once more.',
] as const

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
  if (unnamedIn(query, new Set()).some(({ written }) => written === relation))
    return {
      id: node.unique_id,
      relation,
      files: new Map(),
      left: [leftInFile(imported, node, ofIncrement)],
      notes: [],
    }
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
