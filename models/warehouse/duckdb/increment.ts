import { name, quote } from '../../../contracts/admission.ts'
import { columnsChange } from '../columns-change.ts'
import type { Relation } from '../relation.ts'
import { type Increment, type Publication, type SchemaChange, written } from '../warehouse.ts'
import { describe } from './read.ts'
import type { Session } from './session.ts'
import { holdAudits } from './unit.ts'

export interface Writing<Kind> {
  readonly relation: Relation
  readonly publication: Publication & Kind
  /** Whether the relation stands as a table. */
  readonly standing: boolean
}

/** What the rows that were written stand as under `made`, to be dropped once they are audited. */
export type Left = 'view' | 'table'

/** Brings the rows of an interval to those that stand, or puts them in their place; what was written stands as `made` until the end. */
export async function writeIncrement(session: Session, writing: Writing<Increment>): Promise<Left> {
  const { relation, publication, standing } = writing
  const { anew, select } = publication
  if (anew || !standing) {
    await session.run(
      { sql: `create or replace table ${relation.sql} as ${newest(publication, select)}` },
      relation.bare,
    )
    await session.run({ sql: `create or replace temp view ${written} as select * from ${relation.sql}` })
  } else {
    await session.run(
      { sql: `create or replace temp table ${written} as ${newest(publication, select)}` },
      relation.bare,
    )
    const columns = await suitColumns(session, relation, publication.schemaChange)
    for (const sql of broughtBy[publication.strategy](relation.sql, publication, columns))
      await session.run({ sql }, relation.bare)
  }
  await holdAudits(session, intervalAudits(publication), relation.bare)
  return anew || !standing ? 'view' : 'table'
}

/** Makes the relation as the policy wants it, and gives the columns that rows are brought to. */
export async function suitColumns(
  session: Session,
  relation: Relation,
  policy: SchemaChange,
  own: readonly string[] = [],
): Promise<readonly string[]> {
  const stands = (await describe(session, `select * from ${relation.sql}`)).filter(column => !own.includes(column.name))
  const made = await describe(session, `select * from ${written}`)
  const { statements, columns } = columnsChange({ relation: relation.sql, stands, made, policy })
  for (const sql of statements) await session.run({ sql }, relation.bare)
  return columns
}

/** Of rows that share a key a merge takes the newest; the query stays on its lines. */
function newest({ strategy, key, time }: Increment, select: string): string {
  if (strategy !== 'merge') return select
  const list = key.map(name).join(', ')
  return `select * from (${select}\n) qualify row_number() over (partition by ${list} order by ${name(time)} desc nulls last) = 1`
}

type Bring = (relation: string, increment: Increment, columns: readonly string[]) => readonly string[]

const broughtBy: Readonly<Record<Increment['strategy'], Bring>> = {
  append: (relation, _, columns) => [insert(relation, columns)],
  'delete+insert': (relation, { time, interval }, columns) => [
    `delete from ${relation} where ${name(time)} >= timestamptz ${quote(interval.from)} and ${name(time)} < timestamptz ${quote(interval.to)}`,
    insert(relation, columns),
  ],
  overwrite: (relation, { partition }, columns) => {
    const list = partition.map(name).join(', ')
    return [
      `delete from ${relation} as t where exists (select 1 from (select distinct ${list} from ${written}) as m where ${same(partition, 'is not distinct from')})`,
      insert(relation, columns),
    ]
  },
  /** An older row never takes the place of a newer one. */
  merge: (relation, { key, time }, columns) => {
    const sets = columns.filter(column => !key.includes(column)).map(column => `${name(column)} = m.${name(column)}`)
    const update = sets.length === 0 ? 'do nothing' : `update set ${sets.join(', ')}`
    return [
      `merge into ${relation} as t using ${written} as m on ${same(key, '=')}
        when matched and (t.${name(time)} is null or m.${name(time)} >= t.${name(time)}) then ${update}
        when not matched then insert (${columns.map(name).join(', ')}) values (${columns.map(column => `m.${name(column)}`).join(', ')})`,
    ]
  },
}

const same = (columns: readonly string[], operator: string): string =>
  columns.map(column => `t.${name(column)} ${operator} m.${name(column)}`).join(' and ')

const insert = (relation: string, columns: readonly string[]): string => {
  const list = columns.map(name).join(', ')
  return `insert into ${relation} (${list}) select ${list} from ${written}`
}

/** A row outside of its interval would be added again by the next one; a merge finds the row that stands wherever its time lies. */
function intervalAudits({
  strategy,
  time,
  interval: { from, to },
}: Increment): readonly { readonly name: string; readonly sql: string }[] {
  if (strategy === 'merge' || strategy === 'overwrite') return []
  return [
    {
      name: `${time} lies from $start (${from}) up to $end (${to})`,
      sql: `select ${name(time)}, count(*) as times from ${written}
        where ${name(time)} is null or ${name(time)} < timestamptz ${quote(from)} or ${name(time)} >= timestamptz ${quote(to)} group by 1`,
    },
  ]
}
