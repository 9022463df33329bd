import { columnOf, type Import, leftInProperties, type Part } from './import.ts'
import type { Left } from './left.ts'
import { fileOf } from './made.ts'
import type { DbtColumn, DbtNode, DbtSource } from './manifest.ts'
import { type Circles, promisesOf } from './promises.ts'

type Described = DbtNode | DbtSource

/** What people are told of a relation, and its promises. `types` are those of its columns, where its kind needs them. */
export function describedPart(
  imported: Import,
  node: Described,
  ...[circles, types = new Map()]: readonly [Circles, ReadonlyMap<string, string>?]
): Part {
  const promises = promisesOf(imported, node, circles)
  const doc = node.description?.trim() || undefined
  const told = columnsTold(node)
  const names = [...new Set([...types.keys(), ...told.keys(), ...promises.byColumn.keys()])]
  const columns = names.flatMap(name => {
    const column = told.get(name)
    return pairOf(name, {
      doc: column?.description?.trim() || undefined,
      personal: isPersonal(column?.meta) || undefined,
      type: types.get(name),
      tests: promises.byColumn.get(name),
    })
  })
  const words = {
    doc: doc ?? 'Not described in dbt.',
    owner: ownerOf(imported, node),
    tags: [...new Set(node.tags)],
    columns: Object.fromEntries(columns),
  }
  return {
    words,
    left: [...promises.left, ...(doc === undefined ? [silent(imported, node)] : []), ...strange(imported, node)],
  }
}

function silent(imported: Import, node: Described): Left {
  const file = fileOf(imported.names.of(node.unique_id) ?? '')
  return leftInProperties(imported, node, ['nothing says what one row of it is', `Write doc in ${file}.`])
}

const columnsTold = (node: Described): ReadonlyMap<string, DbtColumn> =>
  new Map(
    Object.values(node.columns).flatMap(column => {
      const name = columnOf(column.name)
      return name === undefined ? [] : [[name, column] as const]
    }),
  )

/** Columns that no header could name. */
const strange = (imported: Import, node: Described): readonly Left[] =>
  Object.values(node.columns)
    .filter(({ name }) => columnOf(name) === undefined)
    .map(({ name }) => {
      const said = [
        `"${name}" is no name of a column here`,
        'Give it a name of lower case letters, digits and _.',
      ] as const
      return leftInProperties(imported, node, said, { column: name })
    })

/** A column of which something is said. */
function pairOf(name: string, said: object): readonly (readonly [string, object])[] {
  const words = Object.entries(said).filter(([, value]) => value !== undefined)
  return words.length === 0 ? [] : [[name, Object.fromEntries(words)]]
}

const isPersonal = (meta: Readonly<Record<string, unknown>> | undefined): boolean =>
  ['pii', 'contains_pii', 'personal'].some(word => meta?.[word] === true)

/** Whom dbt names in `meta.owner`, or the owner of its group. */
function ownerOf({ manifest }: Import, node: Described): string | undefined {
  const config = 'config' in node ? node.config : undefined
  const named = node.meta.owner ?? config?.meta.owner
  if (typeof named === 'string' && named !== '') return named
  const owner = Object.values(manifest.groups).find(({ name }) => name === config?.group)?.owner
  return owner?.name ?? owner?.email?.[0]
}
