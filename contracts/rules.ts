import type { Kinds } from './columns.ts'
import { compare } from './decimal.ts'

/**
 * A rule sees one record and has three readings: a sentence, a predicate and SQL. NULL is handled in the expression itself:
 * a rule over a null or unparsed column holds. What spans records is a reconciliation, not a rule.
 */
export interface Rule {
  readonly code: string
  readonly sentence: string
  readonly columns: readonly string[]
  readonly holds: (row: RuleRow) => boolean
  /** True where the rule holds; `column` gives the SQL of a typed column. Never NULL. */
  readonly sql: (column: (name: string) => string) => string
}
export type RuleRow = Readonly<Record<string, Kinds[keyof Kinds] | null | undefined>>

/** `later` is not before `earlier` (instants). */
export const notBefore = (later: string, earlier: string): Rule =>
  comparison({
    code: 'not_before',
    left: later,
    right: earlier,
    words: 'is not before',
    order: instantOrder,
    sign: '>=',
  })

/** `low` is not above `high` (decimals). */
export const atMost = (low: string, high: string): Rule =>
  comparison({ code: 'at_most', left: low, right: high, words: 'is not above', order: decimalOrder, sign: '<=' })

/** The column is zero or more. */
export const notNegative = (column: string): Rule => ({
  code: 'not_negative',
  sentence: `${column} is not negative`,
  columns: [column],
  holds: row => missing(row[column]) || compare(String(row[column]), '0') >= 0,
  sql: of => `coalesce(${of(column)} >= 0, true)`,
})

/** Where the column holds one of the keys, the other column fully matches that key's pattern. */
export const matchesBy = (column: string, by: string, patterns: Readonly<Record<string, string>>): Rule => ({
  code: 'matches_by',
  sentence: `${column} has the form that its ${by} uses`,
  columns: [column, by],
  holds: row => {
    const pattern = patterns[String(row[by])]
    return (
      missing(row[column]) ||
      missing(row[by]) ||
      pattern === undefined ||
      new RegExp(`^(?:${pattern})$`).test(String(row[column]))
    )
  },
  sql: of =>
    `coalesce(case ${of(by)} ${Object.entries(patterns)
      .map(([key, pattern]) => `when '${key}' then regexp_full_match(${of(column)}, '${pattern}')`)
      .join(' ')} else true end, true)`,
})

/** Postal codes by country, where the country has one form; others are not judged. */
export const postcodes: Readonly<Record<string, string>> = {
  AT: '[1-9][0-9]{3}',
  AU: '[0-9]{4}',
  BE: '[1-9][0-9]{3}',
  CA: '[ABCEGHJ-NPRSTVXY][0-9][A-Z] ?[0-9][A-Z][0-9]',
  CH: '[1-9][0-9]{3}',
  DE: '[0-9]{5}',
  DK: '[0-9]{4}',
  ES: '[0-9]{5}',
  FI: '[0-9]{5}',
  FR: '[0-9]{5}',
  GB: '[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}',
  IT: '[0-9]{5}',
  NL: '[1-9][0-9]{3} ?[A-Z]{2}',
  NO: '[0-9]{4}',
  PL: '[0-9]{2}-[0-9]{3}',
  SE: '[0-9]{3} ?[0-9]{2}',
  US: '[0-9]{5}(-[0-9]{4})?',
}

interface Comparison {
  readonly code: string
  readonly left: string
  readonly right: string
  readonly words: string
  readonly order: (a: string, b: string) => number
  readonly sign: '<=' | '>='
}

function comparison({ code, left, right, words, order, sign }: Comparison): Rule {
  return {
    code,
    sentence: `${left} ${words} ${right}`,
    columns: [left, right],
    holds: row => {
      const [a, b] = [row[left], row[right]]
      if (missing(a) || missing(b)) return true
      const difference = order(String(a), String(b))
      return sign === '>=' ? difference >= 0 : difference <= 0
    },
    sql: of => `coalesce(${of(left)} ${sign} ${of(right)}, true)`,
  }
}

/** Instants are in one canonical form once parsed (six digits, `Z`), so text order is time order. */
const instantOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const decimalOrder = compare
const missing = (value: unknown): value is null | undefined => value === null || value === undefined
