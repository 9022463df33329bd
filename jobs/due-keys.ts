import { name, quote } from '../contracts/admission.ts'
import { rawRelation } from '../models/warehouse/raw.ts'
import type { Reader } from '../models/warehouse/warehouse.ts'
import type { SourceObject } from './sources/source.ts'

export interface DueScope {
  readonly object: Pick<SourceObject, 'follows' | 'claims'>
  readonly connection: string
  readonly most: number
}

/** What the object follows and has not read since it changed: the newest keys, and how many there are beside them. */
export async function dueKeys(
  reader: Reader,
  { object: { follows, claims }, connection, most }: DueScope,
): Promise<{ readonly keys: readonly string[]; readonly left: number }> {
  const own = claims[0]?.contract
  const followed = follows && (await reader.columns(rawRelation(follows.contract)))
  if (follows === undefined || own === undefined || followed === undefined) return { keys: [], left: 0 }
  const [key, changed] = [name(follows.contract.key[0] ?? ''), name(follows.changed)]
  const isRead = `select 1 from ${rawRelation(own)} as o where o._connection = f._connection and o.${key} = f.${key} and o.${changed} >= f.${changed}`
  const stands = (await reader.columns(rawRelation(own))) !== undefined
  const rows = await reader.query({
    sql: `select ${key} as key, count(*) over () as found from ${rawRelation(follows.contract)} as f
      where _connection = ${quote(connection)} and _deleted_at is null ${stands ? `and not exists (${isRead})` : ''}
      order by ${changed} desc, ${key} limit ${Math.trunc(most)}`,
  })
  return { keys: rows.map(row => String(row.key)), left: Number(rows[0]?.found ?? 0) - rows.length }
}
