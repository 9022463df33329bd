import { createHash } from 'node:crypto'
import { name, quote } from '../contracts/admission.ts'
import { Fault } from '../contracts/fault.ts'
import type { Warehouse } from '../models/warehouse/warehouse.ts'
import type { Change, Fields } from '../sinks/sink.ts'
import type { Sync } from './syncs/sync.ts'

/** What a sync would do to one record, and what it was before. */
export interface PlannedChange {
  readonly change: Change & { readonly op: 'upsert' }
  readonly before: Fields
  readonly asOf: string
}

export interface SyncPlan {
  /** Rows of the model. */
  readonly rows: number
  readonly changes: readonly PlannedChange[]
}

export interface Planned {
  readonly sync: Sync
  readonly route: { readonly from: string; readonly to: string }
}

/** Compares the model with the ledger inside the warehouse, field by field. Reads, and changes nothing. */
export async function planChanges(warehouse: Warehouse, { sync, route }: Planned): Promise<SyncPlan> {
  const [total] = await warehouse.query({
    sql: `select count(*) as total from ${sync.model} where connection = ${quote(route.from)}`,
  })
  const changes: PlannedChange[] = []
  for await (const rows of warehouse.stream({ sql: changesSql({ sync, route }) }))
    for (const row of rows) changes.push(plannedChange(sync, route.to, row))
  return { rows: Number(total?.total ?? 0), changes }
}

/** One row a record that differs: id, as_of, and for each field n (what it shall be), h (what the sink acknowledged), c (whether it changes). */
function changesSql({ sync, route }: Planned): string {
  const columns = Object.entries(sync.fields)
  return `with desired as (
      select ${name(sync.id)} as id, strftime(${name(sync.asOf)}, '%Y-%m-%dT%H:%M:%S.%fZ') as as_of, ${columns.map(([column], n) => `${name(column)}::varchar as n${n}`).join(', ')}
      from ${sync.model} where connection = ${quote(route.from)}
    ),
    held as (
      select id, max(as_of) as as_of, ${columns.map(([, field], n) => `max(value) filter (field = ${quote(field)}) as h${n}`).join(', ')}
      from ops.ledger where sync = ${quote(sync.name)} and connection = ${quote(route.to)} group by id
    )
    select d.id, d.as_of, ${columns.map((_, n) => `n${n}, h${n}`).join(', ')}
    from desired as d left join held as h on h.id = d.id
    where (${columns.map((_, n) => `n${n} is distinct from h${n}`).join(' or ')}) and (h.as_of is null or d.as_of::timestamptz >= h.as_of)
    order by d.id`
}

function plannedChange(sync: Sync, to: string, row: Readonly<Record<string, unknown>>): PlannedChange {
  const cell = (of: string): string | null => (row[of] === null || row[of] === undefined ? null : String(row[of]))
  const differing = Object.values(sync.fields)
    .map((field, n) => ({ field, desired: cell(`n${n}`), held: cell(`h${n}`) }))
    .filter(each => each.desired !== each.held)
  const id = String(row.id)
  const fields = Object.fromEntries(differing.map(each => [each.field, each.desired]))
  const before = Object.fromEntries(differing.map(each => [each.field, each.held]))
  return {
    change: { op: 'upsert', id, key: changeKey([sync.name, to, id, before, fields]), fields },
    before,
    asOf: String(row.as_of),
  }
}

/** The same change has the same key however often it is tried; the way back has another. */
const changeKey = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)

/** A Fault where more would change than the sync's budget allows: a wrong number is stopped here, not in the CRM. */
export function checkBudget({ name: sync, budget }: Pick<Sync, 'name' | 'budget'>, { rows, changes }: SyncPlan): void {
  const updates = changes.filter(({ before }) => Object.values(before).some(value => value !== null)).length
  if (updates <= budget.atLeast || updates <= rows * budget.share) return
  throw new Fault({
    what: `${updates} of ${rows} records would change, and the budget is ${budget.share * 100} %`,
    where: `sync ${sync}`,
    hint: 'Nothing was sent. Look at the model and its findings; raise the budget of the sync only if the change is meant.',
    retry: 'never',
    kind: 'guard',
  })
}
