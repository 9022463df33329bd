import { name } from '../../contracts/admission.ts'
import { Fault } from '../../contracts/fault.ts'
import type { ColumnType, SchemaChange } from './warehouse.ts'

export interface Standing {
  /** Quoted, for SQL. */
  readonly relation: string
  readonly stands: readonly ColumnType[]
  readonly made: readonly ColumnType[]
  readonly policy: SchemaChange
}

export interface ColumnsChange {
  /** What changes the relation before rows are brought to it. */
  readonly statements: readonly string[]
  /** The columns that rows are then brought to. */
  readonly columns: readonly string[]
}

/**
 * What a model's policy makes of columns that came, went or changed their type. `ignore` keeps the relation as it is, `extend` adds what came,
 * `sync` makes it as the query is; `fail` is a Fault that names them.
 */
export function columnsChange({ relation, stands, made, policy }: Standing): ColumnsChange {
  const came = made.filter(column => !stands.some(each => each.name === column.name))
  const went = stands.filter(column => !made.some(each => each.name === column.name))
  const changed = made.filter(column => stands.some(each => each.name === column.name && each.type !== column.type))
  if (policy === 'fail' && came.length + went.length + changed.length > 0)
    throw new Fault({
      what: `the query's columns are no longer those of the relation: ${told({ came, went, changed })}`,
      where: relation.replaceAll('"', ''),
      hint: 'Say in the header what is to become of it, schema_change: ignore, extend or sync, or build the model anew.',
      retry: 'never',
      kind: 'guard',
    })
  const add = came.map(column => `alter table ${relation} add column ${name(column.name)} ${column.type}`)
  const drop = went.map(column => `alter table ${relation} drop column ${name(column.name)}`)
  const retype = changed.map(column => `alter table ${relation} alter column ${name(column.name)} type ${column.type}`)
  const kept = made.filter(column => policy !== 'ignore' || !came.includes(column))
  return {
    statements: { ignore: [], fail: [], extend: add, sync: [...add, ...drop, ...retype] }[policy],
    columns: kept.map(column => column.name),
  }
}

interface Differences {
  readonly came: readonly ColumnType[]
  readonly went: readonly ColumnType[]
  readonly changed: readonly ColumnType[]
}

const told = ({ came, went, changed }: Differences): string =>
  [
    ...came.map(column => `${column.name} ${column.type} came`),
    ...went.map(column => `${column.name} went`),
    ...changed.map(column => `${column.name} became ${column.type}`),
  ].join(', ')
