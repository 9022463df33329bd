import { type Attempt, batchesOf, isolate } from '../batches.ts'
import type { Change, Fields, Outcome, Sink } from '../sink.ts'
import type { Ask, UserError } from './asks.ts'
import { type Shopify, shopAccount, shopifyClient } from './client.ts'
import {
  askMetafieldsDelete,
  askMetafieldsHeld,
  askMetafieldsSet,
  heldBy,
  type MetafieldName,
  metafieldTypes,
  nameOf,
} from './metafield-asks.ts'

/** Shopify takes so many inputs in one call, all or none of them. */
const inputsPerCall = 25
/** `nodes` takes 250 ids at most; each of them costs points for its list, and one call may not cost more than a thousand. */
const idsPerRead = 50

type Upsert = Extract<Change, { readonly op: 'upsert' }>

/** Metafields of a shop's customers. A change's id is the customer's global id, its fields are `namespace.key`. */
export const metafields: Sink = {
  name: 'shopify.metafields',
  accepts: ['upsert'],
  batch: 100,
  clears: true,
  check: shopAccount,
  async deliver(ctx, { connection, changes }) {
    const shopify = shopifyClient(ctx, connection)
    const outcomes: Outcome[] = changes.flatMap(unfitness)
    const fit = changes.filter((change): change is Upsert => unfitness(change).length === 0)
    const sizeOf = ({ fields }: Upsert): number => Object.keys(fields).length
    for (const batch of batchesOf(fit, { most: inputsPerCall, sizeOf }))
      outcomes.push(...(await isolate(batch, changes => setAndClear(shopify, changes))))
    return outcomes
  },
  async read(ctx, { connection, ids, fields }) {
    const shopify = shopifyClient(ctx, connection)
    const known = ids.filter(id => customerId.test(id))
    const held: Record<string, Fields> = {}
    for (let from = 0; from < known.length; from += idsPerRead) {
      const { nodes } = await shopify.data(askMetafieldsHeld, { ids: known.slice(from, from + idsPerRead) })
      for (const { id, values } of nodes.flatMap(node => heldBy(node) ?? []))
        held[id] = Object.fromEntries(fields.map(field => [field, values.get(field) ?? null]))
    }
    return held
  },
}

const customerId = /^gid:\/\/shopify\/Customer\/[1-9][0-9]{0,18}$/

/** What keeps a change from being sent at all, as its outcome. */
function unfitness(change: Change): readonly Outcome[] {
  const why = whyUnfit(change)
  return why === undefined ? [] : [{ id: change.id, state: 'rejected', why }]
}

function whyUnfit(change: Change): string | undefined {
  if (change.op !== 'upsert') return 'a customer is not deleted by a sync; set the fields to null to clear them'
  if (!customerId.test(change.id)) return 'the id is not the global id of a customer'
  const unknown = Object.keys(change.fields).filter(field => !Object.hasOwn(metafieldTypes, field))
  if (unknown.length > 0)
    return `there is no field ${unknown.join(', ')}; the fields are ${Object.keys(metafieldTypes).join(', ')}`
  return undefined
}

interface Input extends MetafieldName {
  readonly ownerId: string
}

/** Sets what has a value, then clears what has none. Doing it again is harmless, so that a refused call may be repeated in parts. */
async function setAndClear(shopify: Shopify, changes: readonly Upsert[]): Promise<Attempt> {
  const inputs = changes.flatMap(({ id, fields }) =>
    Object.entries(fields).map(([field, value]) => ({
      value,
      type: metafieldTypes[field] ?? '',
      to: { ownerId: id, ...nameOf(field) },
    })),
  )
  const sets = inputs.flatMap(({ to, value, type }) => (value === null ? [] : [{ ...to, value, type }]))
  const clears = inputs.flatMap(({ to, value }) => (value === null ? [to] : []))
  const set = await call(shopify, { ask: askMetafieldsSet, errorsOf: data => data.metafieldsSet.userErrors }, sets)
  if (set.state !== 'done') return attemptOf(set, changes, () => false)
  const cleared = await call(
    shopify,
    { ask: askMetafieldsDelete, errorsOf: data => data.metafieldsDelete.userErrors },
    clears,
  )
  return attemptOf(cleared, changes, ({ fields }) => !Object.values(fields).includes(null))
}

interface Mutation<A> {
  readonly ask: Ask<A>
  readonly errorsOf: (data: A) => readonly UserError[]
}

type Called =
  | { readonly state: 'done' }
  /** Nothing was done, or, where it was `sent`, nobody knows. */
  | { readonly state: 'failed'; readonly sent: boolean; readonly why: string }
  | Extract<Attempt, { readonly state: 'refused' }>

async function call<A>(
  shopify: Shopify,
  { ask, errorsOf }: Mutation<A>,
  inputs: readonly (Input & Readonly<Record<string, string>>)[],
): Promise<Called> {
  if (inputs.length === 0) return { state: 'done' }
  const answer = await shopify.ask(ask, { metafields: inputs })
  if (answer.state === 'refused') return { state: 'refused', why: answer.why, named: new Map() }
  if (answer.state === 'throttled') return { state: 'failed', sent: false, why: 'the budget of points stays used up' }
  if (answer.state === 'silent') return { state: 'failed', sent: answer.sent, why: answer.why }
  const errors = errorsOf(answer.data)
  if (errors.length === 0) return { state: 'done' }
  if (errors.some(({ code }) => code === 'INTERNAL_ERROR'))
    return { state: 'failed', sent: false, why: 'Shopify answered INTERNAL_ERROR' }
  const named = new Map<string, string>()
  for (const error of errors) {
    const owner = inputs[indexOf(error)]?.ownerId
    if (owner !== undefined) named.set(owner, [named.get(owner), wordsOf(error)].filter(Boolean).join('; '))
  }
  return { state: 'refused', why: errors.map(wordsOf).join('; '), named }
}

/** The input that an error names: `elementIndex` is always null, the way in `field` holds it. */
const indexOf = ({ field }: UserError): number => (field?.[0] === 'metafields' ? Number(field[1] ?? -1) : -1)

const wordsOf = ({ code, message }: UserError): string => (typeof code === 'string' ? `${code}: ${message}` : message)

/** What was set is acknowledged even where the clearing of others failed. */
function attemptOf(called: Called, changes: readonly Upsert[], isDone: (change: Upsert) => boolean): Attempt {
  if (called.state === 'refused') return called
  return {
    state: 'settled',
    outcomes: changes.map(change => {
      const { id } = change
      if (called.state === 'done' || isDone(change)) return { id, state: 'acked' }
      const { sent, why } = called
      return sent ? { id, state: 'unknown', why } : { id, state: 'deferred', why, retry: 'later' }
    }),
  }
}
