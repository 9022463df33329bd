import { name, quote } from '../../../contracts/admission.ts'
import { type History, written } from '../warehouse.ts'
import { type Left, suitColumns, type Writing } from './increment.ts'
import type { Session } from './session.ts'

/** From when, and until when, a version stood; `valid_to` is null of the one that stands. */
const validity = ['valid_from', 'valid_to']

/**
 * Closes the versions that stand differently now, or no more, and opens those that are new. Written twice the same rows change nothing: a version is
 * known by what it is compared by.
 */
export async function writeHistory(
  session: Session,
  { relation, publication, standing }: Writing<History>,
): Promise<Left> {
  await session.run({ sql: `create or replace temp table ${written} as ${publication.select}` }, relation.bare)
  if (!standing)
    await session.run({
      sql: `create table ${relation.sql} as select *, null::timestamptz as valid_from, null::timestamptz as valid_to from ${written} where false`,
    })
  const columns = await suitColumns(session, relation, publication.schemaChange, validity)
  for (const sql of versions(relation.sql, publication, columns)) await session.run({ sql }, relation.bare)
  return 'table'
}

function versions(relation: string, { key, by, now, gone }: History, columns: readonly string[]): readonly string[] {
  const at = `timestamptz ${quote(now)}`
  const keys = key.map(column => `t.${name(column)} = m.${name(column)}`).join(' and ')
  const since = 'time' in by ? `cast(m.${name(by.time)} as timestamptz)` : at
  const list = columns.map(name).join(', ')
  const compared =
    'columns' in by && by.columns !== 'all' ? by.columns : columns.filter(column => !key.includes(column))
  const isNew =
    'time' in by
      ? `m.${name(by.time)} > t.${name(by.time)}`
      : compared.map(column => `m.${name(column)} is distinct from t.${name(column)}`).join(' or ') || 'false'
  return [
    `update ${relation} as t set valid_to = ${since} from ${written} as m where t.valid_to is null and ${keys} and (${isNew})`,
    ...(gone === 'keep'
      ? []
      : [
          `update ${relation} as t set valid_to = ${at} where t.valid_to is null and not exists (select 1 from ${written} as m where ${keys})`,
        ]),
    `insert into ${relation} (${list}, valid_from)
      select ${columns.map(column => `m.${name(column)}`).join(', ')},
        greatest(${since}, coalesce((select max(t.valid_to) from ${relation} as t where ${keys}), ${since}))
      from ${written} as m where not exists (select 1 from ${relation} as t where t.valid_to is null and ${keys})`,
  ]
}
