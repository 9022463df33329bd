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
  /** UTC instant. */
  readonly at: string
}

/**
 * Brings rejects into the dead-letter table. The same record rejected again with the same bytes is one reject, seen again; an open reject is resolved
 * when its record was accepted, or came back in another form. A discarded one stays discarded.
 */
export function rejectStatements({ rejects, parts, connection, load, at }: RejectFacts): readonly Statement[] {
  const now = `timestamptz ${quote(at)}`
  const mine = `r.connection = ${quote(connection)}`
  const id = `md5(concat_ws('|', contract, ${quote(connection)}, coalesce(record, ordinal::varchar), raw))`
  return [
    `create or replace temp table seen as select * from (select ${id} as id, contract, record, position, raw, breaches, file from ${rejects}) qualify row_number() over (partition by id order by position) = 1`,
    `update ops.rejects as r set state = 'resolved', resolved_at = ${now} from seen as s
      where ${mine} and r.state = 'open' and r.contract = s.contract and r.record = s.record and r.id not in (select id from seen)`,
    ...parts.flatMap(part =>
      part.stages.map(
        stage => `update ops.rejects as r set state = 'resolved', resolved_at = ${now} from (select concat_ws('|', ${part.contract.key.map(name).join(', ')}) as record from ${stage}) as s
          where ${mine} and r.state = 'open' and r.contract = ${quote(part.contract.name)} and r.record = s.record and r.id not in (select id from seen)`,
      ),
    ),
    `update ops.rejects as r set last_seen = ${now}, load = ${quote(load)}, state = case when r.state = 'discarded' then r.state else 'open' end, resolved_at = case when r.state = 'discarded' then r.resolved_at end
      from seen as s where ${mine} and r.contract = s.contract and r.id = s.id`,
    `insert into ops.rejects by name
      select ${quote(connection)} as connection, contract, record, id, ${quote(load)} as load, position, raw, breaches, file, 'open' as state, ${now} as first_seen, ${now} as last_seen
      from seen as s where not exists (select 1 from ops.rejects as r where ${mine} and r.contract = s.contract and r.id = s.id)`,
  ].map(sql => ({ sql }))
}
