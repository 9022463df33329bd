import { columnsOf, type Import, leftInFile, type Part } from './import.ts'
import { incrementalPart } from './incremental.ts'
import type { DbtNode } from './manifest.ts'

/** What becomes of the query of a model, by how dbt materialises it; undefined where nothing here does the same. */
export function kindPart(imported: Import, node: DbtNode): Part | undefined {
  const materialized = node.config.materialized ?? 'view'
  if (node.resource_type === 'snapshot') return snapshotPart(imported, node)
  if (materialized === 'view' || materialized === 'table') return { words: { kind: materialized }, left: [] }
  if (materialized === 'ephemeral') return { words: { kind: 'view' }, left: [] }
  if (materialized === 'incremental') return incrementalPart(imported, node)
  if (materialized !== 'materialized_view') return undefined
  const said = [
    'the warehouse kept it fresh by itself',
    'It is a view here; make it kind: table where it is slow.',
  ] as const
  return { words: { kind: 'view' }, left: [leftInFile(imported, node, said)] }
}

/** A history; its rows begin anew. */
function snapshotPart(imported: Import, node: DbtNode): Part | undefined {
  const { unique_key, strategy, updated_at, check_cols, hard_deletes, invalidate_hard_deletes } = node.config
  const key = columnsOf(unique_key ?? [])
  const [time] = columnsOf(updated_at == null ? [] : [updated_at]) ?? []
  const compare = check_cols?.[0] === 'all' ? otherColumns(imported, node, key ?? []) : columnsOf(check_cols ?? [])
  const version = strategy === 'timestamp' ? time : compare
  if (key === undefined || version === undefined) return undefined
  const words = strategy === 'timestamp' ? { time } : { compare }
  const deletes = hard_deletes ?? (invalidate_hard_deletes === true ? 'invalidate' : 'ignore')
  const more = [
    [
      'the history that dbt kept is not carried: it begins anew here',
      `Keep ${node.relation_name ?? node.name}; versions here are valid_from to valid_to, as dbt_valid_from to dbt_valid_to are there.`,
    ] as const,
    ...(deletes === 'new_record'
      ? [
          [
            'a row that went got a version of its own',
            'It only closes here: say what reads dbt_is_deleted another way.',
          ] as const,
        ]
      : []),
    ...(check_cols?.[0] === 'all' && strategy !== 'timestamp'
      ? [['check_cols: all compares every column', 'compare names those that dbt knew: add what is missing.'] as const]
      : []),
  ]
  return {
    words: { kind: 'scd2', key, ...words, ...(deletes === 'ignore' ? { gone: 'keep' } : {}) },
    left: more.map(said => leftInFile(imported, node, said)),
  }
}

/** All columns that dbt knows, but for the key. */
function otherColumns(
  { types }: Import,
  { unique_id, columns }: DbtNode,
  key: readonly string[],
): readonly string[] | undefined {
  const own = ['dbt_scd_id', 'dbt_updated_at', 'dbt_valid_from', 'dbt_valid_to', 'dbt_is_deleted']
  const known = [...new Set([...Object.keys(types.get(unique_id) ?? {}), ...Object.keys(columns)])]
  const others = columnsOf(known)?.filter(column => !key.includes(column) && !own.includes(column))
  return others === undefined || others.length === 0 ? undefined : others
}
