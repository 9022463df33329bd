import { name, quote } from '../../contracts/admission.ts'
import type { Audit } from '../warehouse/warehouse.ts'
import type { ColumnTest, Header } from './header.ts'

/** The promises of a header as queries that must give no row. What they show is the row's key and the column at fault; never a personal value. */
export function auditsOf(header: Header, relation: string): readonly Audit[] {
  const key = header.key ?? []
  const keyAudits = [
    ...key.map(column => notNull(header, relation, column)),
    ...(key.length === 0 ? [] : [unique(header, relation, key)]),
  ]
  const tested = Object.entries(header.columns).flatMap(([column, { tests }]) =>
    tests.map(test => testAudit({ header, relation, column, test })),
  )
  const conditions = header.audits.map(condition => ({
    name: condition,
    sql: `select ${shown(header, [])} from ${relation} where not coalesce((${condition}\n), false)`,
  }))
  const all = [...keyAudits, ...tested, ...conditions]
  return all.filter((audit, index) => all.findIndex(other => other.name === audit.name) === index)
}

/** Relations that a header's tests refer to, each with the tested column. */
export const referencesOf = (header: Header): readonly { readonly relation: string; readonly column: string }[] =>
  Object.entries(header.columns).flatMap(([column, { tests }]) =>
    tests.flatMap(test =>
      typeof test === 'object' && 'references' in test
        ? [{ relation: reference(test.references).relation, column }]
        : [],
    ),
  )

/** `schema.table.column` */
function reference(text: string): { readonly relation: string; readonly column: string } {
  const dot = text.lastIndexOf('.')
  return { relation: text.slice(0, dot), column: text.slice(dot + 1) }
}

interface Tested {
  readonly header: Header
  readonly relation: string
  readonly column: string
  readonly test: ColumnTest
}

function testAudit({ header, relation, column, test }: Tested): Audit {
  if (test === 'unique') return unique(header, relation, [column])
  if (test === 'not_null') return notNull(header, relation, column)
  if ('in' in test) {
    const values = test.in.map(value => (typeof value === 'string' ? quote(value) : String(value)))
    return {
      name: `${column} is one of ${test.in.join(', ')}, or null`,
      sql: `select ${shown(header, [column])} from ${relation} where ${name(column)} not in (${values.join(', ')})`,
    }
  }
  const to = reference(test.references)
  return {
    name: `${column} stands in ${test.references}, or is null`,
    sql: `select ${shown(header, [column])} from ${relation} where ${name(column)} is not null
      and ${name(column)} not in (select ${name(to.column)} from ${to.relation} where ${name(to.column)} is not null)`,
  }
}

const notNull = (header: Header, relation: string, column: string): Audit => ({
  name: `${column} is not null`,
  sql: `select ${shown(header, [column])} from ${relation} where ${name(column)} is null`,
})

/** Rows in which one of the columns is null are not compared, as in the SQL standard's constraint. */
const unique = (header: Header, relation: string, columns: readonly string[]): Audit => ({
  name: `${columns.join(', ')} ${columns.length === 1 ? 'is' : 'are together'} unique`,
  sql: `select ${columns.map(column => visible(header, column)).join(', ')}, count(*) as times from ${relation}
    where ${columns.map(column => `${name(column)} is not null`).join(' and ')}
    group by ${columns.map(name).join(', ')} having count(*) > 1`,
})

/** The key and the column at fault; where no key is declared, the columns that are. */
function shown(header: Header, columns: readonly string[]): string {
  const known = header.key ?? Object.keys(header.columns).slice(0, 4)
  const all = [...new Set([...known, ...columns])]
  return all.length === 0 ? "'a row' as found" : all.map(column => visible(header, column)).join(', ')
}

const visible = (header: Header, column: string): string =>
  header.columns[column]?.personal === true ? `'(personal)' as ${name(column)}` : name(column)
