import { isTakenSchema } from '../compiler/files.ts'
import type { DbtNode, DbtSource, Manifest } from './manifest.ts'

/** A relation of dbt, and what it is called here. */
export interface Named {
  readonly id: string
  readonly relation: string
  /** As dbt writes it, in lower case: database, schema, name. */
  readonly written: readonly string[]
}

export interface Names {
  /** What a node or a source is called here. */
  readonly of: (id: string) => string | undefined
  /** What a relation is called here that a query names by two parts or three. */
  readonly written: (parts: readonly string[]) => string | undefined
  /** Relations that more than one node would become, with all of them. */
  readonly collisions: ReadonlyMap<string, readonly string[]>
}

const kept = new Set(['model', 'seed', 'snapshot'])

/** Nodes that become a relation here. */
export const carriedNodes = ({ nodes }: Manifest): readonly DbtNode[] =>
  Object.values(nodes).filter(({ resource_type }) => kept.has(resource_type))

/** Names everything that dbt builds or reads; a source that was loaded already is called as it stands in `known`. */
export function namesOf(manifest: Manifest, known: readonly string[]): Names {
  const named = [
    ...carriedNodes(manifest).map(nodeName),
    ...Object.values(manifest.sources).map(source => sourceName(source, known)),
  ]
  const byId = new Map(named.map(each => [each.id, each.relation]))
  const byWritten = new Map(named.flatMap(({ written, relation }) => spellings(written).map(key => [key, relation])))
  const made = Map.groupBy(
    named.filter(({ relation }) => !known.includes(relation)),
    ({ relation }) => relation,
  )
  const collisions = new Map(
    [...made].flatMap(([relation, all]) => (all.length > 1 ? [[relation, all.map(({ id }) => id)] as const] : [])),
  )
  return {
    of: id => byId.get(id),
    written: parts => byWritten.get(keyOf(parts.map(part => part.toLowerCase()))),
    collisions,
  }
}

const nodeName = (node: DbtNode): Named => {
  const name = node.alias ?? node.name
  return { id: node.unique_id, relation: relationOf(node.schema ?? '', name), written: writtenOf(node, name) }
}

function sourceName(source: DbtSource, known: readonly string[]): Named {
  const { unique_id: id, source_name, schema, identifier } = source
  const loaded = [
    `raw.${sanitised(source_name)}_${sanitised(source.name)}`,
    `${sanitised(schema ?? '')}.${sanitised(identifier)}`,
  ]
  const relation = loaded.find(each => known.includes(each)) ?? relationOf(schema ?? source_name, identifier)
  return { id, relation, written: writtenOf(source, identifier) }
}

const writtenOf = (
  { database, schema }: { readonly database?: string | null | undefined; readonly schema?: string | null | undefined },
  name: string,
): readonly string[] => [database, schema, name].flatMap(part => (part ? [part.toLowerCase()] : []))

/** With its database, and without. */
const spellings = (written: readonly string[]): readonly string[] => [
  ...new Set([keyOf(written), keyOf(written.slice(-2))]),
]

const keyOf = (parts: readonly string[]): string => JSON.stringify(parts)

/** A schema that is not for models here gets another name. */
function relationOf(schema: string, name: string): string {
  const own = sanitised(schema)
  return `${isTakenSchema(own) ? `dbt_${own}` : own}.${sanitised(name)}`
}

/** In lower case letters, digits and _. */
function sanitised(text: string): string {
  const plain = text.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_')
  return /^[a-z_]/.test(plain) ? plain : `_${plain}`
}
