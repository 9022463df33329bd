import { name, quote } from '../contracts/admission.ts'
import type { Part } from '../models/warehouse/merge.ts'
import type { Statement } from '../models/warehouse/warehouse.ts'

export interface RejectFacts {
  /** Relation (contract, record, position, ordinal, raw, breaches, file). */
  readonly rejects: string
  /** What was accepted, and so resolves older rejects of the same records. */
  readonly parts: readonly Part[]
  readonly connection: string
  readonly load: string
  /** When the landing was extracted, and when it is loaded: UTC instants. */
  readonly extractedAt: string
  readonly at: string
}

/**
 * Brings rejects into the dead-letter table. The same record rejected again with the same bytes is one reject, seen again; an open reject is resolved
 * when its record was accepted, or came back in another form. What was read later counts, in whichever order landings are loaded; of two forms that were
 * read at one moment, the one whose id is higher. A discarded one stays discarded, and a resolved one resolved, until a later reading brings it again.
 */
export function rejectStatements({
  rejects,
  parts,
  connection,
  load,
  extractedAt,
  at,
}: RejectFacts): readonly Statement[] {
  const [now, read] = [at, extractedAt].map(instant => `timestamptz ${quote(instant)}`) as [string, string]
  const mine = `r.connection = ${quote(connection)}`
  const id = `md5(concat_ws('|', contract, ${quote(connection)}, coalesce(record, ordinal::varchar), raw))`
  const resolved = `update ops.rejects as r set state = 'resolved', resolved_at = ${now}`
  const other = `${mine} and r.state = 'open' and r.id not in (select id from seen)`
  const state = `case when s.outdated then 'resolved' else 'open' end`
  const resolvedAt = `case when s.outdated then ${now} end`
  const kept = `r.state = 'discarded' or (r.state = 'resolved' and r.read_at >= ${read})`
  return [
    `create or replace temp table found as select * from (select ${id} as id, contract, record, position, raw, breaches, file from ${rejects}) qualify row_number() over (partition by id order by position) = 1`,
    `create or replace temp table seen as select f.*, exists (
        select 1 from ops.rejects as r where ${mine} and r.state = 'open' and r.contract = f.contract and r.record = f.record and r.id not in (select id from found)
          and (r.read_at > ${read} or (r.read_at = ${read} and r.id > f.id))) as outdated from found as f`,
    `${resolved} from seen as s
      where ${other} and r.contract = s.contract and r.record = s.record and not s.outdated`,
    ...parts.flatMap(part =>
      part.stages.map(
        stage => `${resolved} from (select concat_ws('|', ${part.contract.key.map(name).join(', ')}) as record from ${stage}) as s
          where ${other} and r.contract = ${quote(part.contract.name)} and r.record = s.record and coalesce(r.read_at <= ${read}, true)`,
      ),
    ),
    `update ops.rejects as r set last_seen = ${now}, read_at = greatest(r.read_at, ${read}), load = ${quote(load)},
        state = case when ${kept} then r.state else ${state} end, resolved_at = case when ${kept} then r.resolved_at else ${resolvedAt} end
      from seen as s where ${mine} and r.contract = s.contract and r.id = s.id`,
    `insert into ops.rejects by name
      select ${quote(connection)} as connection, contract, record, id, ${quote(load)} as load, position, raw, breaches, file, ${state} as state, ${read} as read_at, ${now} as first_seen, ${now} as last_seen, ${resolvedAt} as resolved_at
      from seen as s where not exists (select 1 from ops.rejects as r where ${mine} and r.contract = s.contract and r.id = s.id)`,
  ].map(sql => ({ sql }))
}
