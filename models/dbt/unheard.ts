import { type Import, leftInFile, leftInProperties } from './import.ts'
import type { Left } from './left.ts'
import type { DbtNode } from './manifest.ts'

/** What compiling has made a constant of, and nobody would see in the query. */
const bound =
  /\b(var|env_var)\s*\(\s*['"](\w+)['"]|\b(run_started_at|invocation_id|target\.\w+|run_query|statement|get_column_values|get_relations_by_\w+|dbt_utils\.star|get_filtered_columns_in_relation)\b/g

/** What dbt does with a model beside its query, which nobody does here. */
export function unheardOf(imported: Import, node: DbtNode): readonly Left[] {
  const { config, raw_code } = node
  const code = [...(raw_code ?? '').matchAll(/\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g)].map(([text]) => text).join('\n')
  const found = new Map(
    [...code.matchAll(bound)].map(([text, call, name, word]) => [word ?? `${call}('${name}')`, text]),
  )
  const constants = [...found].map(([called, text]) =>
    leftInFile(
      imported,
      node,
      [
        `${called} stands in the query as it was when dbt compiled`,
        called.startsWith('var')
          ? 'Let it stand, or declare it under variables in boomerang.config.ts and write $name.'
          : 'Let it stand, or write what it means: $now is the end of the night.',
      ],
      new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')),
    ),
  )
  const hooks = (['pre-hook', 'post-hook'] as const).filter(word => config[word].length > 0)
  const grants = Object.keys(config.grants ?? {}).length > 0 ? ['grants'] : []
  const beside = [...hooks, ...grants].map(word =>
    leftInFile(
      imported,
      node,
      [`its ${word} is not carried`, 'Nothing is run beside a query here: let the warehouse do it.'],
      new RegExp(word.replace('-', '[-_]')),
    ),
  )
  const constrained = [node, ...Object.values(node.columns)].some(({ constraints }) => constraints.length > 0)
  const said = ['its constraints are not carried', 'Say them as tests of the columns, or as key.'] as const
  return [...constants, ...beside, ...(constrained ? [leftInProperties(imported, node, said)] : [])]
}
