import { columnsOf, type Import, leftInFile, type Part } from './import.ts'
import type { Left } from './left.ts'
import type { DbtNode } from './manifest.ts'

const block = /\{%-?\s*if\s+is_incremental\(\)[\s\S]*?%\}([\s\S]*?)\{%-?\s*(?:else|elif|endif)/g
const hasBlock = /is_incremental\(\)/

/** What dbt asked for in an increment, as it was written; the compiled query is that of a full refresh, and lacks it. */
export const filtersOf = ({ raw_code }: DbtNode): readonly string[] =>
  [...(raw_code ?? '').matchAll(block)].map(([, filter = '']) => filter.trim()).filter(filter => filter !== '')

/** An incremental model; without a column of time it stays a table, which is right and slow. */
export function incrementalPart(imported: Import, node: DbtNode): Part {
  const [time, how] = [timeOf(node), strategyOf(node)]
  const asked = filtersOf(node)[0]?.replaceAll(/\s+/g, ' ')
  const told = asked === undefined ? '' : `; dbt's was "${asked}"`
  if (time === undefined || how === undefined) {
    const missing =
      time === undefined
        ? 'the column of its time is not known'
        : `nothing here is its strategy ${node.config.incremental_strategy ?? ''}`
    const todo =
      'It is a table, built anew each night: say kind: incremental, strategy and time, and filter by $start and $end.'
    return { words: { kind: 'table' }, left: [leftInFile(imported, node, [`${missing}${told}`, todo], hasBlock)] }
  }
  const schema = schemaChanges[node.config.on_schema_change ?? 'ignore']
  const open = leftInFile(
    imported,
    node,
    [
      `the query has no filter of its time yet${told}`,
      `Write where ${time} >= $start and ${time} < $end ${asked === undefined ? 'into it' : "where dbt's filter stood"}${how.since === undefined ? ', and since: the day of its first row' : ''}.`,
    ],
    hasBlock,
  )
  return {
    words: { kind: 'incremental', ...how, time, schema_change: schema, logic_change: 'forward' },
    left: [open, ...unheard(imported, node)],
  }
}

const schemaChanges: Readonly<Record<string, string>> = {
  ignore: 'ignore',
  append_new_columns: 'extend',
  sync_all_columns: 'sync',
  fail: 'fail',
}

/** The column whose highest value dbt compared with, or the one that it calls the time of an event. */
function timeOf(node: DbtNode): string | undefined {
  const [, highest] = /\bmax\s*\(\s*(["`]?\w+["`]?)\s*\)/i.exec(filtersOf(node).join('\n')) ?? []
  const named = highest ?? node.config.event_time
  return named == null ? undefined : columnsOf([named])?.[0]
}

type Words = Readonly<Record<string, unknown>>

/** How rows come to those that stand, as dbt's strategy brought them. */
function strategyOf({ config }: DbtNode): Words | undefined {
  const key = columnsOf(config.unique_key ?? [])
  if (config.unique_key != null && config.unique_key.length > 0 && key === undefined) return undefined
  const strategy = config.incremental_strategy ?? (key === undefined ? 'append' : 'merge')
  if (strategy === 'append') return { strategy: 'append' }
  if (strategy === 'merge') return key === undefined ? { strategy: 'append' } : { strategy: 'merge', key }
  /** dbt deletes what shares the key, as often as it stands. */
  if (strategy === 'delete+insert')
    return key === undefined ? { strategy: 'append' } : { strategy: 'overwrite', partition: key }
  if (strategy === 'insert_overwrite') {
    const partition = partitionOf(config.partition_by)
    return partition === undefined ? undefined : { strategy: 'overwrite', partition }
  }
  return strategy === 'microbatch' ? batchWords(config) : undefined
}

function partitionOf(by: unknown): readonly string[] | undefined {
  if (typeof by === 'string') return columnsOf([by])
  if (Array.isArray(by)) return columnsOf(by.map(String))
  const field = typeof by === 'object' && by !== null && 'field' in by ? by.field : undefined
  const isWhole = typeof by === 'object' && by !== null && 'data_type' in by ? by.data_type === 'date' : true
  return typeof field === 'string' && isWhole ? columnsOf([field]) : undefined
}

const days = { hour: undefined, day: 1, month: 31 } as const

/** dbt's batches are the intervals of `delete+insert`. */
function batchWords({ batch_size, begin, lookback }: DbtNode['config']): Words | undefined {
  if (batch_size !== 'hour' && batch_size !== 'day' && batch_size !== 'month') return undefined
  const [many, each] = [lookback ?? 1, days[batch_size]]
  const since = begin?.slice(0, 10)
  return {
    strategy: 'delete+insert',
    grain: batch_size,
    ...(many > 0 ? { lookback: each === undefined ? `${many}h` : `${many * each}d` } : {}),
    ...(since !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(since) ? { since } : {}),
  }
}

/** What dbt's merge was told beside its key. */
function unheard(imported: Import, node: DbtNode): readonly Left[] {
  const told = (['incremental_predicates', 'merge_update_columns', 'merge_exclude_columns'] as const).filter(
    word => node.config[word] != null,
  )
  return told.map(word =>
    leftInFile(
      imported,
      node,
      [`${word} is not carried`, 'Rows of the same key are replaced whole here: see that the query gives all of them.'],
      new RegExp(word),
    ),
  )
}
