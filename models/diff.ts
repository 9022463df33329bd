import { name } from '../contracts/admission.ts'
import { relationOf } from './warehouse/relation.ts'
import type { Cell, Cells, ColumnType, Reader } from './warehouse/warehouse.ts'

export interface DiffTerms {
  /** As it stands, and as it would be. */
  readonly before: string
  readonly after: string
  readonly key: readonly string[]
  readonly columns: { readonly before: readonly ColumnType[]; readonly after: readonly ColumnType[] }
  /** Whether a column tells of a person: its values are counted and not shown. */
  readonly isPersonal: (column: string) => boolean
}

export interface Sample {
  readonly key: string
  readonly before: string
  readonly after: string
}

export interface ColumnDiff {
  readonly column: string
  /** Keys of which it has another value. */
  readonly changed: number
  readonly samples: readonly Sample[]
}

export interface RelationDiff {
  readonly rows: { readonly before: number; readonly after: number }
  /** Keys that came and went; without a key whole rows, and then nothing is said of columns. */
  readonly added: number
  readonly removed: number
  readonly columns: readonly ColumnDiff[]
  /** Of each exact number whose sum is another. */
  readonly sums: readonly { readonly column: string; readonly before: string; readonly after: string }[]
}

const samples = 3

/** How a relation would differ from the one that stands, by key, column by column. */
export async function diffRelations(warehouse: Reader, terms: DiffTerms): Promise<RelationDiff> {
  const common = commonColumns(terms)
  const [counts = {}] = await warehouse.query({
    sql: terms.key.length === 0 ? rowCounts(terms, common) : keyCounts(terms, common),
  })
  const compared = terms.key.length === 0 ? [] : common.filter(column => !terms.key.includes(column))
  const columns: ColumnDiff[] = []
  for (const [at, column] of compared.entries()) {
    const changed = Number(counts[`c${at}`])
    if (changed > 0) columns.push({ column, changed, samples: await samplesOf(warehouse, terms, column) })
  }
  return {
    rows: { before: Number(counts.before), after: Number(counts.after) },
    added: Number(counts.added),
    removed: Number(counts.removed),
    columns,
    sums: await sumsOf(warehouse, terms),
  }
}

const commonColumns = ({ columns: { before, after } }: DiffTerms): readonly string[] =>
  after.map(column => column.name).filter(column => before.some(each => each.name === column))

const sides = ({ before, after, key }: DiffTerms): string => {
  const side = (relation: string): string => `(select *, true as _stands from ${relationOf(relation).sql})`
  return `${side(before)} as b full outer join ${side(after)} as a on ${key.map(column => `b.${name(column)} = a.${name(column)}`).join(' and ')}`
}

const differs = (column: string): string =>
  `b._stands and a._stands and b.${name(column)} is distinct from a.${name(column)}`

function keyCounts(terms: DiffTerms, common: readonly string[]): string {
  const changed = common
    .filter(column => !terms.key.includes(column))
    .map((column, at) => `count(*) filter (where ${differs(column)}) as c${at}`)
  const counts = [
    'count(b._stands) as before',
    'count(a._stands) as after',
    'count(*) filter (where b._stands is null) as added',
    'count(*) filter (where a._stands is null) as removed',
    ...changed,
  ]
  return `select ${counts.join(', ')} from ${sides(terms)}`
}

function rowCounts({ before, after }: DiffTerms, common: readonly string[]): string {
  const rows = (relation: string): string =>
    `select ${common.map(name).join(', ') || '1 as one'} from ${relationOf(relation).sql}`
  const count = (query: string): string => `(select count(*) from (${query}))`
  return `select ${count(rows(before))} as before, ${count(rows(after))} as after, ${count(`${rows(after)} except all ${rows(before)}`)} as added, ${count(`${rows(before)} except all ${rows(after)}`)} as removed`
}

async function samplesOf(warehouse: Reader, terms: DiffTerms, column: string): Promise<readonly Sample[]> {
  const keys = terms.key.map((each, at) => `a.${name(each)} as k${at}`)
  const rows = await warehouse.query({
    sql: `select ${keys.join(', ')}, b.${name(column)} as was, a.${name(column)} as is_now from ${sides(terms)} where ${differs(column)} order by ${terms.key.map((_, at) => `k${at}`).join(', ')} limit ${samples}`,
  })
  const shown = (of: string, value: Cell | undefined): string =>
    value === null || value === undefined ? 'null' : terms.isPersonal(of) ? '(personal)' : String(value)
  return rows.map((row: Cells) => ({
    key: terms.key.map((each, at) => shown(each, row[`k${at}`])).join(', '),
    before: shown(column, row.was),
    after: shown(column, row.is_now),
  }))
}

/** Exact numbers only: the sum of doubles depends on the order of the rows. */
async function sumsOf(warehouse: Reader, { before, after, columns }: DiffTerms): Promise<RelationDiff['sums']> {
  const isExact = ({ type }: ColumnType): boolean => /^(DECIMAL|U?(TINY|SMALL|BIG)?INT)/.test(type)
  const exact = columns.after.filter(
    column => isExact(column) && columns.before.some(each => each.name === column.name && isExact(each)),
  )
  if (exact.length === 0) return []
  const sumsIn = async (relation: string): Promise<Cells> =>
    (
      await warehouse.query({
        sql: `select ${exact.map((column, at) => `sum(${name(column.name)})::varchar as s${at}`).join(', ')} from ${relationOf(relation).sql}`,
      })
    )[0] ?? {}
  const [was, now] = [await sumsIn(before), await sumsIn(after)]
  return exact
    .map((column, at) => ({
      column: column.name,
      before: String(was[`s${at}`] ?? 'none'),
      after: String(now[`s${at}`] ?? 'none'),
    }))
    .filter(sum => sum.before !== sum.after)
}
