import type { WarehouseKind } from '../../contracts/connection.ts'
import { closest } from './closest.ts'
import type { Mistake } from './mistake.ts'
import { dialect, polyglot } from './polyglot.ts'
import { portableFunctions } from './portable-functions.ts'

/** Functions, and words that stand before a bracket, which mean the same in every warehouse. */
const everywhere = new Set(
  `abs all any as avg between by cast ceil ceiling coalesce concat count cume_dist dense_rank distinct else end except exists extract filter first_value floor
  from greatest group having if ifnull in intersect is join lag last_value lead least left length like limit ln lower lpad ltrim max min not ntile nth_value
  nullif on or order over partition percent_rank power qualify rank replace right round row_number rows rpad rtrim select sign sqrt stddev_pop stddev_samp
  starts_with substr substring sum then trim union upper using values var_pop var_samp when where with and case interval recursive materialized lateral decimal
  numeric varchar cross`.split(/\s+/),
)

/** What to write in place of a function of DuckDB. */
const portableFor: Readonly<Record<string, string>> = {
  date_part: 'extract',
  strftime: 'fn.month_key',
  arg_max: 'fn.last_by',
  arg_min: 'fn.first_by',
  max_by: 'fn.last_by',
  min_by: 'fn.first_by',
  timezone: 'fn.local_date',
  string_agg: 'fn.list_texts',
  regexp_matches: 'fn.regexp_contains',
  regexp_extract: 'fn.regexp_group',
  json_extract_string: 'fn.json_text',
  quantile_cont: 'fn.percentile',
  median: 'fn.percentile',
  date_sub: 'fn.elapsed',
  md5: 'fn.key',
  try_cast: 'fn.try_decimal',
  generate_series: 'fn.days',
  range: 'fn.days',
  to_days: 'fn.add_days',
  countif: 'fn.count_if',
}

/** What stands in a model's own body that another warehouse may read otherwise, or not at all; `fn.*` is no part of it. */
export function portabilityMistakes(
  sql: string,
  { file, target }: { readonly file: string; readonly target: WarehouseKind },
): readonly Mistake[] {
  const calls = [
    ...sql.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|(fn\s*\.\s*)?\b([a-z_]\w*)\s*\(|(::)/gi),
  ]
  const ctes = new Set(
    [...sql.matchAll(/\b(\w+)\s*(?:\([\w\s,]*\))?\s+as\s*(?:not\s+)?(?:materialized\s*)?\(/gi)].map(found =>
      String(found[1]).toLowerCase(),
    ),
  )
  return calls.flatMap(({ 1: isPortable, 2: called, 3: cast, index }) => {
    const word = called?.toLowerCase()
    const isFine = word === undefined || isPortable !== undefined || everywhere.has(word) || ctes.has(word)
    if (cast === undefined && isFine) return []
    const before = sql.slice(0, index).split('\n')
    const place = { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
    if (cast !== undefined)
      return [
        {
          ...place,
          what: `${target} has no ::`,
          hint: 'Write cast(x as type), or fn.as_text, fn.as_int, fn.as_decimal.',
        },
      ]
    return [
      { ...place, what: `${word}(…) is not known to be the same in ${target}`, hint: instead(word ?? '', target) },
    ]
  })
}

function instead(word: string, target: WarehouseKind): string {
  const near =
    portableFor[word] ??
    (portableFunctions.has(word) ? `fn.${word}` : closest(word, [...portableFunctions.keys()])?.replace(/^/, 'fn.'))
  const own = `or a body for ${target} in <name>.${target}.sql beside the model`
  return near === undefined ? `Write a function of models/fn, ${own}.` : `Write ${near}, ${own}.`
}

/** What the parser cannot read of a body as another warehouse's SQL: nothing on this machine checks more of it. */
export function foreignMistakes(
  sql: string,
  { file, target }: { readonly file: string; readonly target: WarehouseKind },
): readonly Mistake[] {
  const parsed = polyglot().parse(sql, (target === 'duckdb' ? dialect : target) as typeof dialect)
  if (parsed.success) return []
  const why = parsed.error?.replace(/^Parse error at line \d+, column \d+: /, '')
  return [
    {
      file,
      line: parsed.errorLine ?? 1,
      column: parsed.errorColumn ?? 1,
      what: `the SQL cannot be read as ${target}'s: ${why}`,
      hint: 'Correct the SQL.',
    },
  ]
}
