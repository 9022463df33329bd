import { name } from '../../contracts/admission.ts'
import { type Fault, toFault } from '../../contracts/fault.ts'
import type { Model } from '../model.ts'
import type { Audit, ColumnType, Local } from '../warehouse/warehouse.ts'
import { auditsOf } from './audits.ts'
import { closest } from './closest.ts'
import type { Header } from './header.ts'
import { type Mistake, spotOf } from './mistake.ts'
import type { Path } from './placed-yaml.ts'

/** What a header says of columns, and its promises, against the empty relation that the query gives. */
export async function checkHeader(
  local: Local,
  model: Model,
  columns: readonly ColumnType[],
): Promise<readonly Mistake[]> {
  const silent = [...undeclaredColumns(model, columns), ...valuesForConditions(model, columns)]
  return silent.length > 0 ? silent : checkAudits(local, model)
}

/** Candidates of a function may be a dozen lines, and name types that nobody has written. */
export const hintOf = ({ what, hint }: Fault): string => {
  if (/No function matches/.test(what))
    return 'Cast what it is given, such as cast(x as DECIMAL(38,9)), or call another function.'
  return hint.length > 200 ? `${hint.slice(0, 200)}…` : hint
}

/** A header may describe, test and name only what the query gives. */
function undeclaredColumns({ file, header, at }: Model, columns: readonly ColumnType[]): readonly Mistake[] {
  const given = columns.map(({ name: column }) => column)
  const { key = [], partition = [], compare = [], time } = header
  const lists = { key, partition, compare, time: time === undefined ? [] : [time] }
  const named = [
    ...Object.entries(lists).flatMap(([word, list]) => list.map((column): Named => ({ column, path: [word] }))),
    ...Object.keys(header.columns).map((column): Named => ({ column, path: ['columns', column] })),
  ]
  return named
    .filter(
      ({ column }, index) => !given.includes(column) && named.findLastIndex(each => each.column === column) === index,
    )
    .map(({ column, path }) => {
      const near = closest(column, given)
      return {
        file,
        ...spotOf(at(path, 'key')),
        what: `the header speaks of a column ${column}, which the query does not give`,
        hint: near === undefined ? `It gives ${given.join(', ')}.` : `Did you mean ${near}?`,
      }
    })
}

interface Named {
  readonly column: string
  readonly path: Path
}

/** The engine would take a number for a condition, true where it is not 0. */
function valuesForConditions({ file, header, at }: Model, columns: readonly ColumnType[]): readonly Mistake[] {
  return header.audits.flatMap(({ sql }, index) => {
    const column = columns.find(({ name: each }) => each === sql.trim())
    if (column === undefined || column.type === 'BOOLEAN') return []
    const what = `"${sql}" is no condition: it is a column of the type ${column.type}`
    return [{ file, ...spotOf(at(['audits', index])), what, hint: `Compare it with something, such as ${sql} >= 0.` }]
  })
}

/** Any instant would do: the promises only have to be understood. */
const someNow = '2000-01-01T00:00:00Z'

/** All at once and, where one of them is wrong, one by one. */
async function checkAudits(local: Local, { file, audits, relation, header, at }: Model): Promise<readonly Mistake[]> {
  const places = { rows: relation, all: relation, now: someNow }
  const sure = new Set(auditsOf(structure(header), [], places).map(audit => audit.name))
  const all = audits(places).filter(audit => !sure.has(audit.name))
  if (all.length === 0 || (await refusalOf(local, all)) === undefined) return []
  const mistakes: Mistake[] = []
  for (const audit of all) {
    const fault = await refusalOf(local, [audit])
    if (fault === undefined) continue
    const condition = header.audits.findIndex(({ sql }) => sql === audit.name)
    const spot = spotOf(at(condition < 0 ? ['columns', columnOf(audit.name), 'tests'] : ['audits', condition]))
    const type = condition < 0 ? undefined : await typeOf(local, relation, audit.name)
    const what =
      type === undefined || type === 'BOOLEAN'
        ? `the promise "${audit.name}" cannot be asked: ${fault.what}`
        : `"${audit.name}" is no condition: it gives ${type}, and not true or false`
    mistakes.push({
      file,
      ...spot,
      what,
      hint: type === undefined || type === 'BOOLEAN' ? hintOf(fault) : 'Compare it with something, such as total >= 0.',
    })
  }
  return mistakes
}

/** Promises that every column can keep, whatever its type: that it is there is known. */
const structure = (header: Header): Header => ({
  ...header,
  audits: [],
  columns: Object.fromEntries(
    Object.entries(header.columns).map(([column, said]) => [
      column,
      { ...said, tests: said.tests.filter(test => 'test' in test) },
    ]),
  ),
})

const columnOf = (promise: string): string => /^\w+/.exec(promise)?.[0] ?? ''

const refusalOf = (local: Local, audits: readonly Audit[]): Promise<Fault | undefined> =>
  local.run(`explain select 1 where ${audits.map(({ sql }) => `exists (${sql}\n)`).join(' or ')}`).then(
    () => undefined,
    (error: unknown) => toFault(error, 'an audit'),
  )

/** What an expression gives, where it gives anything. */
const typeOf = (local: Local, relation: string, expression: string): Promise<string | undefined> =>
  local.query(`describe select (${expression}\n) as ${name('found')} from ${relation}`).then(
    ([row]) => String(row?.column_type),
    () => undefined,
  )
