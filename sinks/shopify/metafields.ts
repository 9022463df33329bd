import type { Connection } from '../../contracts/connection.ts'
import type { Context, Json } from '../../contracts/context.ts'
import { type Fault, toFault } from '../../contracts/fault.ts'
import type { Change, Fields, Outcome, Sink } from '../sink.ts'
import { callShopify, shopAccount } from './client.ts'

export const setMetafields = `mutation SetMetafields($metafields: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $metafields) {
    metafields { id }
    userErrors { field message code }
  }
}`

export const deleteMetafields = `mutation DeleteMetafields($metafields: [MetafieldIdentifierInput!]!) {
  metafieldsDelete(metafields: $metafields) {
    deletedMetafields { ownerId }
    userErrors { field message }
  }
}`

export const readMetafields = `query ReadMetafields($ids: [ID!]!, $namespace: String!) {
  nodes(ids: $ids) { ... on Customer { id metafields(first: 50, namespace: $namespace) { nodes { namespace key value } } } }
}`

/** The fields that this sink knows, as `namespace.key`, with Shopify's type of each. */
const types: Readonly<Record<string, string>> = {
  'boomerang.loyalty_score': 'number_integer',
  'boomerang.loyalty_tier': 'single_line_text_field',
}

/** The most inputs that one `metafieldsSet` takes; the call is atomic. */
const inputsPerCall = 25
const readsPerCall = 50

type Upsert = Change & { readonly op: 'upsert' }

/** Customer metafields of a shop. A change's fields go out in one call, so that a customer never shows half of it. */
export const metafields: Sink = {
  name: 'shopify.metafields',
  accepts: ['upsert'],
  batch: 250,
  clears: true,
  check: shopAccount,
  async deliver(ctx, { connection, changes }) {
    const outcomes: Outcome[] = []
    const sendable: Upsert[] = []
    for (const change of changes) {
      const why = whyNot(change)
      if (why !== undefined) outcomes.push({ id: change.id, state: 'rejected', why })
      else sendable.push(change as Upsert)
    }
    for (const call of calls(sendable)) outcomes.push(...(await sendCall(ctx, connection, call)))
    return outcomes
  },
  async read(ctx, { connection, ids, fields }) {
    const held: Record<string, Fields> = {}
    const namespaces = [...new Set(fields.map(field => field.split('.')[0] ?? ''))]
    for (const namespace of namespaces)
      for (let from = 0; from < ids.length; from += readsPerCall) {
        const variables = { ids: ids.slice(from, from + readsPerCall), namespace }
        const { nodes } = await callShopify(ctx, connection, { text: readMetafields, variables })
        for (const node of nodes as unknown as readonly (HeldNode | null)[])
          if (node?.id !== undefined) held[node.id] = { ...held[node.id], ...valuesOf(node) }
      }
    return held
  },
}

interface HeldNode {
  readonly id: string
  readonly metafields: {
    readonly nodes: readonly { readonly namespace: string; readonly key: string; readonly value: string }[]
  }
}

const valuesOf = ({ metafields: { nodes } }: HeldNode): Fields =>
  Object.fromEntries(nodes.map(({ namespace, key, value }) => [`${namespace}.${key}`, value]))

function whyNot(change: Change): string | undefined {
  if (change.op !== 'upsert') return 'metafields of a customer are cleared field by field, not deleted as a record'
  const unknown = Object.keys(change.fields).filter(field => types[field] === undefined)
  if (unknown.length > 0) return `no metafield ${unknown.join(', ')} is declared`
  return /^gid:\/\/shopify\/Customer\/[0-9]+$/.test(change.id) ? undefined : 'the id is not a global id of a customer'
}

/** Changes in groups that fit one call, none split. */
function calls(changes: readonly Upsert[]): readonly (readonly Upsert[])[] {
  const groups: Upsert[][] = []
  let inputs = 0
  for (const change of changes) {
    const size = Object.keys(change.fields).length
    const last = groups.at(-1)
    if (last === undefined || inputs + size > inputsPerCall) {
      groups.push([change])
      inputs = size
    } else {
      last.push(change)
      inputs += size
    }
  }
  return groups
}

/** One bad input refuses the whole call: the bad ones are named, and the others sent again. */
async function sendCall(ctx: Context, connection: Connection, changes: readonly Upsert[]): Promise<readonly Outcome[]> {
  if (changes.length === 0) return []
  try {
    const errors = await setAndClear(ctx, connection, changes)
    if (errors.length === 0) return changes.map(({ id }) => ({ id, state: 'acked' }))
    if (changes.length === 1)
      return changes.map(({ id }) => ({ id, state: 'rejected', why: errors.map(error => error.message).join('; ') }))
    const half = Math.ceil(changes.length / 2)
    return [
      ...(await sendCall(ctx, connection, changes.slice(0, half))),
      ...(await sendCall(ctx, connection, changes.slice(half))),
    ]
  } catch (error) {
    if (ctx.signal.aborted) throw error
    return changes.map(({ id }) => unanswered(id, toFault(error, connection.name)))
  }
}

/** A call that was refused before it was tried is deferred; one whose answer is missing may have been done. */
const unanswered = (id: string, fault: Fault): Outcome =>
  fault.what.includes('throttled')
    ? { id, state: 'deferred', why: fault.what, retry: 'later' }
    : fault.retry === 'never'
      ? { id, state: 'rejected', why: fault.what }
      : { id, state: 'unknown', why: fault.what }

interface UserError {
  readonly message: string
}

async function setAndClear(
  ctx: Context,
  connection: Connection,
  changes: readonly Upsert[],
): Promise<readonly UserError[]> {
  const inputs = changes.flatMap(({ id, fields }) =>
    Object.entries(fields).map(([field, value]) => {
      const [namespace = '', key = ''] = field.split('.')
      return { ownerId: id, namespace, key, value, type: types[field] ?? '' }
    }),
  )
  const set = inputs.filter(({ value }) => value !== null)
  const cleared = inputs
    .filter(({ value }) => value === null)
    .map(({ ownerId, namespace, key }) => ({ ownerId, namespace, key }))
  const errors: UserError[] = []
  if (set.length > 0)
    errors.push(...(await mutate(ctx, connection, { text: setMetafields, root: 'metafieldsSet', inputs: set })))
  if (errors.length === 0 && cleared.length > 0)
    errors.push(
      ...(await mutate(ctx, connection, { text: deleteMetafields, root: 'metafieldsDelete', inputs: cleared })),
    )
  return errors
}

async function mutate(
  ctx: Context,
  connection: Connection,
  { text, root, inputs }: { readonly text: string; readonly root: string; readonly inputs: readonly Json[] },
): Promise<readonly UserError[]> {
  const data = await callShopify(ctx, connection, { text, variables: { metafields: inputs } })
  return (data[root] as unknown as { readonly userErrors: readonly UserError[] }).userErrors
}
