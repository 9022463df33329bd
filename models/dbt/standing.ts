import { describedPart } from './described.ts'
import { columnOf, type Import, leftInFile, leftInProperties, type Part } from './import.ts'
import { fileOf, type Made } from './made.ts'
import type { DbtNode, DbtSource } from './manifest.ts'
import type { Circles } from './promises.ts'
import { modelText } from './text.ts'

/** What dbt goes on building: its columns, its promises, and where dbt tells of its runs. */
export function externalOf(imported: Import, node: DbtNode, circles: Circles): Made {
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
