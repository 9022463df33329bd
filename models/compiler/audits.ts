import { name, quote } from '../../contracts/admission.ts'
import type { Audit } from '../warehouse/warehouse.ts'
import type { ColumnTest, Header } from './header.ts'
import { intervalOf } from './span.ts'

/** What the promises are asked of. */
export interface AuditPlaces {
  /** The rows that were written: of a table or view all of them. */
  readonly rows: string
  /** The relation, in which a key must not stand twice. */
  readonly all: string
  /** The night's end. */
  readonly now: string
}

/** A query in a file beside the model that must give no row. */
export interface AuditFile {
  /** As the header names it: `no_gap.audit.sql`. */
  readonly name: string
  readonly sql: string
}

/** The promises of a header as queries that must give no row. What they show is the row's key and the column at fault; never a personal value. */
export function auditsOf(header: Header, files: readonly AuditFile[], places: AuditPlaces): readonly Audit[] {
  const key = header.key ?? []
  const terms = { header, places }
  const keyAudits = [...key.map(column => notNull(terms, column)), ...(key.length === 0 ? [] : [unique(terms, key)])]
  const tested = Object.entries(header.columns).flatMap(([column, { tests }]) =>
    tests.map(test => ({ ...testAudit(terms, column, test), ...severityOf(test) })),
  )
  const conditions = header.audits.map(audit => {
    const file = files.find(({ name: named }) => named === audit.sql)
    const sql =
      file?.sql ??
      `select ${shown(header, columnsIn(header, audit.sql))} from ${places.rows} where not coalesce((${audit.sql}\n), false)`
    return { name: audit.sql, sql, ...severityOf(audit) }
  })
  const all = [...keyAudits, ...tested, ...conditions]
  return all.filter((audit, index) => all.findIndex(other => other.name === audit.name) === index)
}

const severityOf = ({ severity }: { readonly severity: 'block' | 'warn' }): Pick<Audit, 'severity'> =>
  severity === 'warn' ? { severity } : {}

/** Relations that a header's tests refer to, each with the tested column. */
export const referencesOf = (header: Header): readonly { readonly relation: string; readonly column: string }[] =>
  Object.entries(header.columns).flatMap(([column, { tests }]) =>
    tests.flatMap(test => ('references' in test ? [{ relation: reference(test.references).relation, column }] : [])),
  )

/** `schema.table.column` */
function reference(text: string): { readonly relation: string; readonly column: string } {
  const dot = text.lastIndexOf('.')
  return { relation: text.slice(0, dot), column: text.slice(dot + 1) }
}

interface Terms {
  readonly header: Header
  readonly places: AuditPlaces
}

function testAudit(terms: Terms, column: string, test: ColumnTest): Audit {
  if ('test' in test) return test.test === 'unique' ? unique(terms, [column]) : notNull(terms, column)
  if ('fresh' in test) return fresh(terms, column, test.fresh)
  if ('references' in test) return refers(terms, column, test.references)
  const [named, broken] = brokenBy(column, test)
  return { name: named, sql: rowsWhere(terms, column, broken) }
}

type ValueTest = Extract<ColumnTest, { in: unknown } | { range: unknown } | { matches: unknown }>

/** What a test of one value is called, and the condition of a value that breaks it; null breaks none. */
function brokenBy(column: string, test: ValueTest): readonly [name: string, broken: string] {
  const value = name(column)
  if ('in' in test) {
    const values = test.in.map(each => (typeof each === 'string' ? quote(each) : String(each)))
    return [`${column} is one of ${test.in.join(', ')}, or null`, `${value} not in (${values.join(', ')})`]
  }
  if ('matches' in test)
    return [`${column} matches ${test.matches}, or is null`, `not regexp_full_match(${value}, ${quote(test.matches)})`]
  const [from, to] = test.range
  const ends = [from === null ? [] : [`${value} < ${from}`], to === null ? [] : [`${value} > ${to}`]].flat()
  return [`${column} is from ${from ?? 'any'} to ${to ?? 'any'}, or null`, ends.join(' or ') || 'false']
}

const rowsWhere = ({ header, places }: Terms, column: string, condition: string): string =>
  `select ${shown(header, [column])} from ${places.rows} where ${condition}`

const notNull = (terms: Terms, column: string): Audit => ({
  name: `${column} is not null`,
  sql: rowsWhere(terms, column, `${name(column)} is null`),
})

const refers = (terms: Terms, column: string, to: string): Audit => {
  const { relation, column: other } = reference(to)
  const known = `select ${name(other)} from ${relation} where ${name(other)} is not null`
  return {
    name: `${column} stands in ${to}, or is null`,
    sql: rowsWhere(terms, column, `${name(column)} is not null\n      and ${name(column)} not in (${known})`),
  }
}

/** The newest value is young enough; a relation without any is not fresh. */
const fresh = ({ places }: Terms, column: string, span: string): Audit => ({
  name: `${column} is at most ${span} old`,
  sql: `select max(${name(column)}) as newest from ${places.all}
    having coalesce(max(${name(column)}) < timestamptz ${quote(places.now)} - ${intervalOf(span)}, true)`,
})

/** Rows in which one of the columns is null are not compared, as in the SQL standard's constraint. */
function unique({ header, places: { rows, all } }: Terms, columns: readonly string[]): Audit {
  const list = columns.map(name).join(', ')
  const written = rows === all ? '' : `\n    and (${list}) in (select (${list}) from ${rows})`
  return {
    name: `${columns.join(', ')} ${columns.length === 1 ? 'is' : 'are together'} unique`,
    sql: `select ${columns.map(column => visible(header, column)).join(', ')}, count(*) as times from ${all}
    where ${columns.map(column => `${name(column)} is not null`).join(' and ')}${written}
    group by ${list} having count(*) > 1`,
  }
}

/** The key and the column at fault; where no key is declared, the columns that are. */
function shown(header: Header, columns: readonly string[]): string {
  const known = header.key ?? Object.keys(header.columns).slice(0, 4)
  const all = [...new Set([...known, ...columns])]
  return all.length === 0 ? "'a row' as found" : all.map(column => visible(header, column)).join(', ')
}

/** The columns that a condition speaks of: with the key alone nobody knows what is wrong in the row. */
const columnsIn = (header: Header, condition: string): readonly string[] => {
  const words = new Set(condition.toLowerCase().match(/[a-z_][a-z0-9_]*/g))
  return Object.keys(header.columns).filter(column => words.has(column.toLowerCase()))
}

const visible = (header: Header, column: string): string =>
  header.columns[column]?.personal === true ? `'(personal)' as ${name(column)}` : name(column)
