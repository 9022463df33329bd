import type { WarehouseKind } from '../../contracts/connection.ts'

/** A function that every warehouse has under another spelling; `{x}` stands for an argument. One line each, so that a query keeps its lines. */
export interface PortableFunction {
  readonly parameters: readonly string[]
  readonly doc: string
  /** By warehouse; one that is absent has no such function, and a model for it is refused. */
  readonly as: Readonly<Partial<Record<WarehouseKind, string>>>
  /** Gives rows: it stands behind `from`. */
  readonly rows?: true
}

type Spelled = readonly [
  parameters: string,
  doc: string,
  duckdb: string,
  bigquery: string | undefined,
  snowflake: string,
]

/** https://duckdb.org/docs/stable/sql/functions/overview, https://cloud.google.com/bigquery/docs/reference/standard-sql/functions-all, https://docs.snowflake.com/en/sql-reference/functions-all */
const spelled: Readonly<Record<string, Spelled>> = {
  date_trunc: [
    'part, day',
    "The first day of the week (Monday), month, quarter or year of a date; part as text, 'month'",
    'cast(date_trunc({part}, {day}) as date)',
    'date_trunc({day}, {part!})',
    'cast(date_trunc({part}, {day}) as date)',
  ],
  date_diff: [
    'part, earlier, later',
    'Borders of days, weeks, months or years between two dates',
    'date_diff({part}, {earlier}, {later})',
    'date_diff({later}, {earlier}, {part!})',
    'datediff({part}, {earlier}, {later})',
  ],
  elapsed: [
    'part, earlier, later',
    'Whole seconds, minutes, hours or days between two instants',
    'date_sub({part}, {earlier}, {later})',
    'timestamp_diff({later}, {earlier}, {part!})',
    "trunc(timestampdiff('microsecond', {earlier}, {later}) / case {part} when 'second' then 1000000 when 'minute' then 60000000 when 'hour' then 3600000000 when 'day' then 86400000000 end)",
  ],
  add_days: [
    'day, n',
    'A date that many days later',
    'cast({day} + to_days(cast({n} as integer)) as date)',
    'date_add({day}, interval {n} day)',
    "dateadd('day', {n}, {day})",
  ],
  add_months: [
    'day, n',
    'A date that many months later; the last day where the month is shorter',
    'cast({day} + to_months(cast({n} as integer)) as date)',
    'date_add({day}, interval {n} month)',
    'add_months({day}, {n})',
  ],
  add_seconds: [
    'instant, n',
    'An instant that many seconds later',
    '({instant} + to_seconds({n}))',
    'timestamp_add({instant}, interval {n} second)',
    "timestampadd('second', {n}, {instant})",
  ],
  local_date: [
    'instant, zone',
    'The date by the clock of a time zone, of an instant',
    'cast(timezone({zone}, {instant}) as date)',
    'date({instant}, {zone})',
    'to_date(convert_timezone({zone}, {instant}))',
  ],
  local_hour: [
    'instant, zone',
    'The hour by the clock of a time zone',
    "cast(date_part('hour', timezone({zone}, {instant})) as bigint)",
    'extract(hour from {instant} at time zone {zone})',
    'hour(convert_timezone({zone}, {instant}))',
  ],
  month_key: [
    'day',
    'A month as text, 2026-06',
    "strftime({day}, '%Y-%m')",
    "format_date('%Y-%m', {day})",
    "to_char({day}, 'YYYY-MM')",
  ],
  iso_weekday: [
    'day',
    'Monday 1 to Sunday 7',
    'cast(isodow({day}) as bigint)',
    'mod(extract(dayofweek from {day}) + 5, 7) + 1',
    'dayofweekiso({day})',
  ],
  safe_divide: [
    'part, whole',
    'A quotient; null where the divisor is 0',
    '({part} / nullif({whole}, 0))',
    'safe_divide({part}, {whole})',
    '({part} / nullif({whole}, 0))',
  ],
  int_div: [
    'part, whole',
    'How often a whole number goes into another, without the rest; null where it is 0',
    'cast(trunc({part} / nullif({whole}, 0)) as bigint)',
    'div({part}, nullif({whole}, 0))',
    'trunc({part} / nullif({whole}, 0))',
  ],
  mod: ['part, whole', 'The rest of a division', '({part} % {whole})', 'mod({part}, {whole})', 'mod({part}, {whole})'],
  as_text: [
    'value',
    'A value as text',
    'cast({value} as varchar)',
    'cast({value} as string)',
    'cast({value} as varchar)',
  ],
  as_int: [
    'value',
    'A value as a whole number; an error where it is none',
    'cast({value} as bigint)',
    'cast({value} as int64)',
    'cast({value} as bigint)',
  ],
  as_decimal: [
    'value',
    'A value as an exact number of nine places',
    'cast({value} as decimal(38,9))',
    'cast({value} as numeric)',
    'cast({value} as decimal(38,9))',
  ],
  try_int: [
    'value',
    'A text as a whole number; null where it is none',
    'try_cast({value} as bigint)',
    'safe_cast({value} as int64)',
    'try_cast({value} as bigint)',
  ],
  try_decimal: [
    'value',
    'A text as an exact number; null where it is none',
    'try_cast({value} as decimal(38,9))',
    'safe_cast({value} as numeric)',
    'try_cast({value} as decimal(38,9))',
  ],
  json_text: [
    'document, path',
    "The text at a path of JSON, '$.a.b'; null where there is none",
    'json_extract_string({document}, {path})',
    'json_value({document}, {path})',
    "cast(get_path(parse_json({document}), ltrim({path}, '$.')) as varchar)",
  ],
  json_length: [
    'document',
    'How many elements a JSON list has',
    'cast(json_array_length({document}) as bigint)',
    'array_length(json_query_array({document}))',
    'array_size(parse_json({document}))',
  ],
  count_if: [
    'condition',
    'How many rows satisfy a condition',
    'count(*) filter (where {condition})',
    'countif({condition})',
    'count_if({condition})',
  ],
  sum_if: [
    'value, condition',
    'The sum over rows that satisfy a condition; null where none does',
    'sum({value}) filter (where {condition})',
    'sum(if({condition}, {value}, null))',
    'sum(iff({condition}, {value}, null))',
  ],
  list_texts: [
    'value, separator',
    'All different texts in their order, joined',
    'string_agg(distinct {value}, {separator} order by {value})',
    'string_agg(distinct {value}, {separator} order by {value})',
    'listagg(distinct {value}, {separator}) within group (order by {value})',
  ],
  last_by: [
    'value, moment',
    'The value of the row with the greatest moment',
    'arg_max({value}, {moment})',
    'max_by({value}, {moment})',
    'max_by({value}, {moment})',
  ],
  first_by: [
    'value, moment',
    'The value of the row with the least moment',
    'arg_min({value}, {moment})',
    'min_by({value}, {moment})',
    'min_by({value}, {moment})',
  ],
  percentile: [
    'value, share',
    'The value below which a share of the rows lies, between two values where it falls between them',
    'quantile_cont({value}, {share})',
    undefined,
    'percentile_cont({share}) within group (order by {value})',
  ],
  regexp_contains: [
    'value, pattern',
    'Whether a pattern is found in a text',
    'regexp_matches({value}, {pattern})',
    'regexp_contains({value}, {pattern})',
    '(regexp_instr({value}, {pattern}) > 0)',
  ],
  regexp_group: [
    'value, pattern',
    'The first group of a pattern in a text; null where it is not found',
    "nullif(regexp_extract({value}, {pattern}, 1), '')",
    'regexp_extract({value}, {pattern})',
    "regexp_substr({value}, {pattern}, 1, 1, 'e', 1)",
  ],
  split_part: [
    'value, separator, n',
    'The nth part of a text, from 1; null where there is none',
    "nullif(split_part({value}, {separator}, {n}), '')",
    'split({value}, {separator})[safe_ordinal({n})]',
    "nullif(split_part({value}, {separator}, {n}), '')",
  ],
  key: [
    'one, other',
    'One key of two values, as text of 32 signs; null where one of them is',
    "md5(cast({one} as varchar) || '|' || cast({other} as varchar))",
    "to_hex(md5(cast({one} as string) || '|' || cast({other} as string)))",
    "md5(cast({one} as varchar) || '|' || cast({other} as varchar))",
  ],
}

/** Functions that give rows. */
const spelledRows: Readonly<Record<string, Spelled>> = {
  days: [
    'first, last',
    'One row a day from one date to another, both with it: the column day',
    '(select cast(d as date) as day from generate_series(cast({first} as timestamp), cast({last} as timestamp), interval 1 day) as s(d))',
    '(select day from unnest(generate_date_array({first}, {last})) as day)',
    "(select dateadd('day', row_number() over (order by null) - 1, {first}) as day from table(generator(rowcount => 40000)) qualify day <= {last})",
  ],
}

const functionOf = ([parameters, doc, duckdb, bigquery, snowflake]: Spelled): PortableFunction => ({
  parameters: parameters.split(', '),
  doc,
  as: { duckdb, snowflake, ...(bigquery === undefined ? {} : { bigquery }) },
})

/** The portable functions by name: models call them as `fn.<name>(…)`. */
export const portableFunctions: ReadonlyMap<string, PortableFunction> = new Map([
  ...Object.entries(spelled).map(([name, one]) => [name, functionOf(one)] as const),
  ...Object.entries(spelledRows).map(([name, one]) => [name, { ...functionOf(one), rows: true } as const] as const),
])
