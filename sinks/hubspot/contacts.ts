import type { Connection } from '../../contracts/connection.ts'
import type { Context, Json } from '../../contracts/context.ts'
import { type Fault, toFault } from '../../contracts/fault.ts'
import type { Change, Fields, Outcome, Sink } from '../sink.ts'
import { callHubspot, portalAccount } from './client.ts'

/** The unique property that names a contact; an e-mail address changes, and does not. */
export const idProperty = 'shop_customer_id'
const inputsPerCall = 100

type Upsert = Change & { readonly op: 'upsert' }

/** Contacts of a HubSpot portal, upserted in batches; one bad row costs no other row its outcome. */
export const contacts: Sink = {
  name: 'hubspot.contacts',
  accepts: ['upsert'],
  batch: 500,
  clears: true,
  check: portalAccount,
  async deliver(ctx, { connection, changes }) {
    const outcomes: Outcome[] = changes
      .filter(change => change.op !== 'upsert')
      .map(({ id }) => ({ id, state: 'rejected', why: 'contacts are upserted here, never deleted' }))
    for (const batch of batches(changes.filter((change): change is Upsert => change.op === 'upsert')))
      outcomes.push(...(await upsert(ctx, connection, batch)))
    return outcomes
  },
  async read(ctx, { connection, ids, fields }) {
    const held: Record<string, Fields> = {}
    for (let from = 0; from < ids.length; from += inputsPerCall) {
      const body = {
        idProperty,
        properties: [idProperty, ...fields],
        inputs: ids.slice(from, from + inputsPerCall).map(id => ({ id })),
      }
      const answer = await callHubspot(ctx, connection, {
        method: 'POST',
        path: '/crm/v3/objects/contacts/batch/read',
        body,
      })
      for (const { properties } of (answer.body.results ?? []) as unknown as readonly {
        readonly properties: Record<string, string | null>
      }[])
        held[String(properties[idProperty])] = Object.fromEntries(
          fields.map(field => [field, properties[field] === '' ? null : (properties[field] ?? null)]),
        )
    }
    return held
  },
}

/** At most a call's inputs, and no id twice in one call: HubSpot refuses such a batch whole. */
function batches(changes: readonly Upsert[]): readonly (readonly Upsert[])[] {
  const groups: Upsert[][] = []
  for (const change of changes) {
    const group = groups.find(each => each.length < inputsPerCall && !each.some(other => other.id === change.id))
    if (group === undefined) groups.push([change])
    else group.push(change)
  }
  return groups
}

async function upsert(ctx: Context, connection: Connection, changes: readonly Upsert[]): Promise<readonly Outcome[]> {
  const body = {
    inputs: changes.map(({ id, key, fields }) => ({
      id,
      idProperty,
      objectWriteTraceId: key,
      properties: { [idProperty]: id, ...textsOf(fields) },
    })),
  }
  try {
    const answer = await callHubspot(ctx, connection, {
      method: 'POST',
      path: '/crm/v3/objects/contacts/batch/upsert',
      body,
    })
    if (answer.status === 200 || answer.status === 201 || answer.status === 207)
      return rowOutcomes(changes, answer.body)
    if (answer.status >= 500 || answer.status === 408)
      return changes.map(({ id }) => ({ id, state: 'unknown', why: `HubSpot answered HTTP ${answer.status}` }))
    return await refusedWhole(ctx, connection, { changes, why: String(answer.body.message ?? `HTTP ${answer.status}`) })
  } catch (error) {
    if (ctx.signal.aborted) throw error
    const fault = toFault(error, connection.name)
    if (fault.retry === 'never') throw fault
    return changes.map(({ id }) => unanswered(id, fault))
  }
}

/** `""` clears a property. */
const textsOf = (fields: Fields): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, value ?? '']))

const unanswered = (id: string, fault: Fault): Outcome =>
  fault.what.includes('throttled')
    ? { id, state: 'deferred', why: fault.what, retry: 'later' }
    : { id, state: 'unknown', why: fault.what }

/** One bad row makes HubSpot refuse the batch: it is halved until the bad row stands alone. */
async function refusedWhole(
  ctx: Context,
  connection: Connection,
  { changes, why }: { readonly changes: readonly Upsert[]; readonly why: string },
): Promise<readonly Outcome[]> {
  if (changes.length === 1) return changes.map(({ id }) => ({ id, state: 'rejected', why }))
  const half = Math.ceil(changes.length / 2)
  return [
    ...(await upsert(ctx, connection, changes.slice(0, half))),
    ...(await upsert(ctx, connection, changes.slice(half))),
  ]
}

interface RowError {
  readonly message?: string
  readonly id?: string
  readonly context?: Readonly<Record<string, Json>>
}

/** A row is acknowledged where the answer holds it, and rejected where an error names it; of any other nothing is known. */
function rowOutcomes(changes: readonly Upsert[], body: Readonly<Record<string, Json>>): readonly Outcome[] {
  const results = new Map(
    (
      (body.results ?? []) as unknown as readonly {
        readonly id: string
        readonly properties: Readonly<Record<string, string>>
      }[]
    ).map(({ id, properties }) => [properties[idProperty], id]),
  )
  const errors = (body.errors ?? []) as unknown as readonly RowError[]
  return changes.map(({ id, key }): Outcome => {
    const remote = results.get(id)
    if (remote !== undefined) return { id, state: 'acked', remote }
    const error = errors.find(
      each =>
        each.id === id ||
        Object.values(each.context ?? {})
          .flat()
          .some(value => value === id || value === key),
    )
    return error === undefined
      ? { id, state: 'unknown', why: 'HubSpot’s answer does not name this row' }
      : { id, state: 'rejected', why: error.message ?? 'HubSpot refused the row' }
  })
}
