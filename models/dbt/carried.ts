import { exposuresFile } from '../compiler/exposures.ts'
import { dashboardsOf } from './dashboards.ts'
import type { Import, ImportTerms } from './import.ts'
import { leftInFile, leftInProperties } from './import.ts'
import { byRelation, type Left } from './left.ts'
import type { Made } from './made.ts'
import type { DbtNode, Manifest } from './manifest.ts'
import { carriedNodes, namesOf } from './names.ts'
import { circlesOf } from './promises.ts'
import { modelOf } from './relations.ts'
import { sourceOf } from './standing.ts'

/** How far a model of dbt has come: nothing is left of it, something is, or it was not written. */
export type Stage = 'whole' | 'open' | 'not at all'

/** What an import writes, and what it leaves to a person. */
export interface Carried {
  /** Texts by their paths in this project. */
  readonly files: ReadonlyMap<string, string>
  readonly stages: ReadonlyMap<string, Stage>
  readonly left: readonly Left[]
  readonly notes: readonly string[]
}

/** What becomes of a dbt project here. Touches nothing; the parser is loaded. */
export function carried(manifest: Manifest, terms: ImportTerms): Carried {
  const imported: Import = { ...terms, manifest, names: namesOf(manifest, terms.known) }
  const circles = circlesOf(imported)
  const made = [
    ...Object.values(manifest.sources).map(source => sourceOf(imported, source, circles)),
    ...carriedNodes(manifest).map(node => modelOf(imported, node, circles)),
  ].flatMap(each => each ?? [])
  const open = made.map(each => unwritten(imported, each))
  const written = new Set([
    ...terms.known,
    ...open.flatMap(({ files, relation }) => (files.size > 0 ? [relation] : [])),
    ...[...terms.stands].map(file => file.replace(/^models\/(.+)\/(.+)\.sql$/, '$1.$2')),
  ])
  const dashboards = dashboardsOf(imported, written)
  const beside = besideFiles(terms, dashboards.text)
  const left = [...open.flatMap(each => each.left), ...dashboards.left, ...beside.left, ...leftOfProject(imported)]
  return {
    files: new Map([...open.flatMap(({ files }) => [...files]), ...beside.files]),
    stages: new Map(open.map(each => [each.relation, stageOf(each)])),
    left: left.toSorted(byRelation),
    notes: open.flatMap(({ notes }) => notes),
  }
}

const stageOf = ({ files, left }: Made): Stage =>
  files.size === 0 ? 'not at all' : left.length === 0 ? 'whole' : 'open'

/** A file that stands is never written over, and two models never become one. */
function unwritten(imported: Import, made: Made): Made {
  const ids = imported.names.collisions.get(made.relation)
  const others = ids?.filter(id => id !== made.id)
  if (others !== undefined)
    return {
      ...made,
      files: new Map(),
      left: [
        refusal(
          imported,
          made,
          `${others.join(', ')} would be ${made.relation}, too`,
          'Give one of them another alias or schema in dbt.',
        ),
      ],
    }
  const stands = [...made.files.keys()].filter(file => imported.stands.has(file))
  if (stands.length === 0) return made
  return {
    ...made,
    files: new Map(),
    left: [
      refusal(
        imported,
        made,
        `${stands.join(', ')} stands already`,
        'Nothing was written over: move it away, or carry this by hand.',
      ),
    ],
  }
}

function refusal(imported: Import, { id }: Made, ...said: readonly [string, string]): Left {
  const node = imported.manifest.nodes[id]
  const source = imported.manifest.sources[id]
  return node !== undefined || source === undefined
    ? leftInFile(imported, node as DbtNode, said)
    : leftInProperties(imported, source, said)
}

function besideFiles({ stands }: ImportTerms, text: string | undefined): Pick<Carried, 'files' | 'left'> {
  if (text === undefined) return { files: new Map(), left: [] }
  if (!stands.has(exposuresFile)) return { files: new Map([[exposuresFile, text]]), left: [] }
  const todo = `Add to it: ${text.trim().replaceAll('\n', ' ')}`
  return { files: new Map(), left: [{ of: undefined, file: exposuresFile, line: 1, what: 'it stands already', todo }] }
}

/** What is about no model alone. */
function leftOfProject({ manifest, names, external }: Import): readonly Left[] {
  const file = 'target/manifest.json'
  const place = { of: undefined, file, line: 1 }
  const adapter = manifest.metadata.adapter_type ?? 'duckdb'
  const known = new Set(carriedNodes(manifest).map(({ name }) => name))
  const homeless = Object.values(manifest.nodes).filter(
    ({ resource_type, attached_node, depends_on }) =>
      resource_type === 'test' && names.of(attached_node ?? depends_on.nodes.at(-1) ?? '') === undefined,
  )
  return [
    ...(adapter === 'duckdb'
      ? []
      : [
          {
            ...place,
            what: `the queries were compiled for ${adapter}, and are carried as they are`,
            todo: 'What DuckDB refuses the check says; what it reads otherwise, such as a division of whole numbers, look through yourself.',
          },
        ]),
    ...external
      .filter(name => !known.has(name))
      .map(name => ({ ...place, what: `dbt has no model ${name}`, todo: 'Correct the name behind --external.' })),
    ...homeless.map(({ name, original_file_path }) => ({
      of: undefined,
      file: original_file_path,
      line: 1,
      what: `the test ${name} is not carried: it is about nothing that was`,
      todo: 'Write it as an audit of the model that it is about.',
    })),
  ]
}
