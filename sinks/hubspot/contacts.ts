import { z } from 'zod'
import type { Connection } from '../../contracts/connection.ts'
import type { Context } from '../../contracts/context.ts'
import { Fault } from '../../contracts/fault.ts'
import { type Attempt, batchesOf, isolate } from '../batches.ts'
import { masked } from '../mask.ts'
import { placeOf } from '../send.ts'
import type { Change, Fields, Outcome, Sink } from '../sink.ts'
import { callHubspot, faultOf } from './client.ts'

/**
 * The portal's own unique property that holds a customer's id at the shop. An e-mail address is none: HubSpot updates no contact
 * partly by it, and two customers may share one.
 */
const idProperty = 'shop_customer_id'
/** HubSpot takes so many inputs in one call. */
const inputsPerCall = 100
const contactsPath = '/crm/v3/objects/contacts/batch'

type Upsert = Extract<Change, { readonly op: 'upsert' }>

/** Contacts of a portal. A change's id is the customer's id at the shop, its fields are contact properties. */
export const contacts: Sink = {
  name: 'hubspot.contacts',
  accepts: ['upsert'],
  batch: inputsPerCall,
  clears: true,
  async check(ctx, connection) {
    const { portalId } = await answerOf(ctx, connection, { method: 'GET', path: '/account-info/v3/details' }, details)
    return { account: String(portalId) }
  },
  async deliver(ctx, { connection, changes }) {
    const outcomes: Outcome[] = changes.flatMap(({ id, op }) => (op === 'upsert' ? [] : [noDelete(id)]))
    const upserts = changes.filter(change => change.op === 'upsert')
    for (const batch of batchesOf(upserts, { most: inputsPerCall, sizeOf: () => 1 }))
      outcomes.push(...(await isolate(batch, changes => upsert(ctx, connection, changes))))
    return outcomes
  },
  async read(ctx, { connection, ids, fields }) {
    const held: Record<string, Fields> = {}
    for (let from = 0; from < ids.length; from += inputsPerCall) {
      const inputs = ids.slice(from, from + inputsPerCall).map(id => ({ id }))
      const body = { idProperty, properties: [idProperty, ...fields], inputs }
      const { results } = await answerOf(ctx, connection, { method: 'POST', path: `${contactsPath}/read`, body }, rows)
      for (const { properties } of results) {
        const id = properties[idProperty]
        if (typeof id === 'string')
          held[id] = Object.fromEntries(fields.map(field => [field, properties[field] || null]))
      }
    }
    return held
  },
}

const noDelete = (id: string): Outcome => ({
  id,
  state: 'rejected',
  why: 'a contact is not deleted by a sync; set the fields to null to clear them',
})

const details = z.object({ portalId: z.union([z.number(), z.string()]) })
const rowError = z.object({
  category: z.string().optional(),
  message: z.string().optional(),
  id: z.string().optional(),
  context: z.record(z.string(), z.array(z.string())).nullish().catch(undefined),
})
type RowError = z.infer<typeof rowError>
const rows = z.object({
  results: z.array(
    z.object({
      id: z.string(),
      objectWriteTraceId: z.string().nullish(),
      properties: z.record(z.string(), z.string().nullish()),
    }),
  ),
  errors: z.array(rowError).optional(),
})

async function answerOf<A>(
  ctx: Context,
  connection: Connection,
  call: Parameters<typeof callHubspot>[2],
  form: z.ZodType<A>,
): Promise<A> {
  const where = `${placeOf(connection)}, ${call.path}`
  const answer = await callHubspot(ctx, connection, call)
  if (answer.state !== 'answered') throw faultOf(answer, where)
  const read = form.safeParse(answer.body)
  if (answer.status < 300 && read.success) return read.data
  throw new Fault({
    what: `HubSpot answered ${answer.status}${read.success ? '' : ', in another form than was agreed'}`,
    where,
    hint: `See that the portal has the unique contact property ${idProperty} and that the app may read contacts.`,
    retry: 'later',
  })
}

/** One call: `""` empties a property. The change's key goes along as HubSpot's own id of the write. */
async function upsert(ctx: Context, connection: Connection, changes: readonly Upsert[]): Promise<Attempt> {
  const inputs = changes.map(({ id, key, fields }) => ({
    id,
    idProperty,
    objectWriteTraceId: key,
    properties: {
      ...Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, value ?? ''])),
      [idProperty]: id,
    },
  }))
  const answer = await callHubspot(ctx, connection, {
    method: 'POST',
    path: `${contactsPath}/upsert`,
    body: { inputs },
  })
  const settled = (outcome: (id: string) => Outcome): Attempt => ({
    state: 'settled',
    outcomes: changes.map(({ id }) => outcome(id)),
  })
  if (answer.state === 'throttled') return settled(id => ({ id, state: 'deferred', why: answer.why, retry: 'later' }))
  if (answer.state === 'silent' && !answer.sent)
    return settled(id => ({ id, state: 'deferred', why: answer.why, retry: 'later' }))
  if (answer.state === 'silent') return settled(id => ({ id, state: 'unknown', why: answer.why }))
  if (passingStatus.has(answer.status))
    return settled(id => ({ id, state: 'deferred', why: `HubSpot answered ${answer.status}`, retry: 'later' }))
  if (answer.status >= 400) return refusal(answer, changes, `${placeOf(connection)}, ${contactsPath}/upsert`)
  const read = rows.safeParse(answer.body)
  if (read.success) return { state: 'settled', outcomes: changes.map(change => outcomeOf(change, read.data)) }
  return settled(id => ({
    id,
    state: 'unknown',
    why: `HubSpot answered ${answer.status} in another form than was agreed`,
  }))
}

/** Timed out before it was read, in conflict with another write, locked: nothing was done, and later it may be. */
const passingStatus = new Set([408, 409, 423])
const refused = z.object({ category: z.string().optional(), message: z.string().optional() })

/**
 * HubSpot refuses a whole call for one bad row, and does not reliably say which. What no row can be blamed for is a Fault: a
 * property that the portal lacks would make it refuse every one.
 */
function refusal(
  answer: { readonly status: number; readonly body: unknown },
  changes: readonly Upsert[],
  where: string,
): Attempt {
  const { category, message } = refused.safeParse(answer.body).data ?? {}
  const why = masked(`${category ?? answer.status}: ${message ?? 'HubSpot refused the call'}`, changes)
  const lacks = JSON.stringify(answer.body ?? '').includes('PROPERTY_DOESNT_EXIST')
  if (answer.status === 400 && !lacks) return { state: 'refused', why, named: new Map() }
  const fields = [...new Set(changes.flatMap(change => Object.keys(change.fields)))]
  throw new Fault({
    what: `HubSpot takes no contact at all (${answer.status}): ${why}`,
    where,
    hint: `See that the portal has the contact properties ${[idProperty, ...fields].join(', ')}, the first of them unique.`,
    retry: 'never',
  })
}

/** The row's own answer: matched by its id, never by its place in the list. */
function outcomeOf(change: Upsert, { results, errors = [] }: z.infer<typeof rows>): Outcome {
  const { id } = change
  const found = results.find(row => row.objectWriteTraceId === change.key || row.properties[idProperty] === id)
  if (found !== undefined) return { id, state: 'acked', remote: found.id }
  const error = errors.find(each => concerns(each, change))
  if (error === undefined) return { id, state: 'unknown', why: 'HubSpot’s answer does not name the row' }
  const why = masked(`${error.category ?? 'error'}: ${error.message ?? 'HubSpot refused the row'}`, [change])
  return error.category !== undefined && passing.has(error.category)
    ? { id, state: 'deferred', why, retry: 'later' }
    : { id, state: 'rejected', why }
}

const passing = new Set(['RATE_LIMITS', 'INTERNAL_ERROR', 'CONFLICT', 'SERVICE_UNAVAILABLE'])

const concerns = ({ id, context }: RowError, change: Upsert): boolean =>
  id === change.id ||
  Object.values(context ?? {}).some(values => values.some(value => value === change.id || value === change.key))
