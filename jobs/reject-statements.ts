import { name, quote } from '../contracts/admission.ts'
import type { Part } from '../models/warehouse/merge.ts'
import type { Statement } from '../models/warehouse/warehouse.ts'

export interface RejectFacts {
  /** Relation (contract, record, position, ordinal, raw, breaches, file); undefined where nothing was rejected. */
  readonly rejects: string | undefined
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
export function rejectStatements(facts: RejectFacts): readonly Statement[] {
  const { rejects } = facts
  const all = rejects === undefined ? corrected(facts, '') : brought({ ...facts, rejects })
  return all.map(sql => ({ sql }))
}

const now = ({ at }: RejectFacts): string => `timestamptz ${quote(at)}`
const read = ({ extractedAt }: RejectFacts): string => `timestamptz ${quote(extractedAt)}`
const mine = ({ connection }: RejectFacts): string => `r.connection = ${quote(connection)}`
const resolved = (facts: RejectFacts): string =>
  `update ops.rejects as r set state = 'resolved', resolved_at = ${now(facts)}`

/** Open rejects whose records were accepted are resolved. */
function corrected(facts: RejectFacts, unless: string): readonly string[] {
  const accepted = facts.parts.flatMap(({ contract, stages }) =>
    stages.map(
      stage =>
        `select ${quote(contract.name)} as contract, concat_ws('|', ${contract.key.map(name).join(', ')}) as record from ${stage}`,
    ),
  )
  if (accepted.length === 0) return []
  return [
    `${resolved(facts)} from (${accepted.join(' union all ')}) as s
      where ${mine(facts)} and r.state = 'open'${unless} and r.contract = s.contract and r.record = s.record and coalesce(r.read_at <= ${read(facts)}, true)`,
  ]
}

function brought(facts: RejectFacts & { readonly rejects: string }): readonly string[] {
  const { rejects, connection, load } = facts
  const unless = ' and r.id not in (select id from seen)'
  const id = `md5(concat_ws('|', contract, ${quote(connection)}, coalesce(record, ordinal::varchar), raw))`
  const state = `case when s.outdated then 'resolved' else 'open' end`
  const resolvedAt = `case when s.outdated then ${now(facts)} end`
  const kept = `r.state = 'discarded' or (r.state = 'resolved' and r.read_at >= ${read(facts)})`
  return [
    `create or replace temp table found as select * from (select ${id} as id, contract, record, position, raw, breaches, file from ${rejects}) qualify row_number() over (partition by id order by position) = 1`,
    `create or replace temp table seen as select f.*, exists (
        select 1 from ops.rejects as r where ${mine(facts)} and r.state = 'open' and r.contract = f.contract and r.record = f.record and r.id not in (select id from found)
          and (r.read_at > ${read(facts)} or (r.read_at = ${read(facts)} and r.id > f.id))) as outdated from found as f`,
    `${resolved(facts)} from seen as s
      where ${mine(facts)} and r.state = 'open'${unless} and r.contract = s.contract and r.record = s.record and not s.outdated`,
    ...corrected(facts, unless),
    `update ops.rejects as r set last_seen = ${now(facts)}, read_at = greatest(r.read_at, ${read(facts)}), load = ${quote(load)},
        state = case when ${kept} then r.state else ${state} end, resolved_at = case when ${kept} then r.resolved_at else ${resolvedAt} end
      from seen as s where ${mine(facts)} and r.contract = s.contract and r.id = s.id`,
    `insert into ops.rejects by name
      select ${quote(connection)} as connection, contract, record, id, ${quote(load)} as load, position, raw, breaches, file, ${state} as state, ${read(facts)} as read_at, ${now(facts)} as first_seen, ${now(facts)} as last_seen, ${resolvedAt} as resolved_at
      from seen as s where not exists (select 1 from ops.rejects as r where ${mine(facts)} and r.contract = s.contract and r.id = s.id)`,
  ]
}
