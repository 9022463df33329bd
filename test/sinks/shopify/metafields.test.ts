import { afterEach, expect, it } from 'vitest'
import type { Json } from '../../../contracts/context.ts'
import { metafields } from '../../../sinks/shopify/metafields.ts'
import type { Change, Outcome } from '../../../sinks/sink.ts'
import { judgeSink, type Place } from '../../suite/sink.ts'
import { type Asked, connectionTo, outside, type Reaction, type Vendor, vendor } from '../outside.ts'

interface Input {
  readonly ownerId: string
  readonly namespace: string
  readonly key: string
  readonly value: string
  readonly type: string
}

interface Shop extends Vendor {
  readonly held: Map<string, Map<string, string>>
  /** Answers a call in the shop's stead; undefined leaves it to the shop. */
  bend: (root: string, inputs: readonly Input[], nth: number) => Reaction | undefined
}

const gid = (n: number): string => `gid://shopify/Customer/${1000 + n}`
const isKnown = (id: string): boolean => Number(id.replace(/\D/g, '')) < 9_000

/** A shop that holds metafields, takes 25 inputs at once, all or none, and names the input that it refuses. */
async function shopOf(): Promise<Shop> {
  const held: Shop['held'] = new Map()
  let calls = 0
  const server = await vendor(asked => {
    const root = /\{\s*(\w+)/.exec((asked.body as { query: string }).query)?.[1] ?? ''
    const inputs = variablesOf(asked).metafields ?? []
    return shop.bend(root, inputs, ++calls) ?? react(root, asked, held)
  })
  const shop: Shop = { ...server, held, bend: () => undefined }
  return shop
}

const variablesOf = ({ body }: Asked): { readonly metafields?: readonly Input[]; readonly ids?: readonly string[] } =>
  (body as unknown as { readonly variables: { readonly metafields?: readonly Input[] } }).variables

function react(root: string, asked: Asked, held: Shop['held']): Reaction {
  const { metafields: inputs = [], ids = [] } = variablesOf(asked)
  if (root === 'shop') return data({ shop: { id: 'gid://shopify/Shop/1' } })
  if (root === 'nodes') return data({ nodes: ids.map(id => nodeOf(id, held)) })
  if (inputs.length > 25) return refused(root, 'LESS_THAN_OR_EQUAL_TO', ['metafields'])
  const bad = inputs.findIndex(({ ownerId }) => !isKnown(ownerId))
  if (bad >= 0) return refused(root, 'INVALID_VALUE', ['metafields', String(bad), 'ownerId'])
  for (const { ownerId, namespace, key, value } of inputs) {
    const fields = held.get(ownerId) ?? new Map()
    held.set(ownerId, fields)
    if (root === 'metafieldsSet') fields.set(`${namespace}.${key}`, value)
    else fields.delete(`${namespace}.${key}`)
  }
  return data({ [root]: { userErrors: [] } })
}

function nodeOf(id: string, held: Shop['held']): Json {
  if (!isKnown(id)) return null
  const edges = [...(held.get(id) ?? [])].map(([field, value]) => {
    const [namespace = '', key = ''] = field.split('.')
    return { node: { namespace, key, value } }
  })
  return { id, boomerang: { edges } }
}

const data = (found: Json): Reaction => ({ body: { data: found } })
const refused = (root: string, code: string, field: readonly string[] | null): Reaction =>
  data({ [root]: { userErrors: [{ code, field, message: 'Owner does not exist.' }] } })

let open: Shop | undefined
afterEach(async () => {
  await open?.close()
  open = undefined
})

judgeSink(metafields, async (): Promise<Place> => {
  const shop = await shopOf()
  return {
    ctx: outside(),
    connection: connectionTo(shop.url),
    account: 'gid://shopify/Shop/1',
    id: gid,
    unknown: 'gid://shopify/Customer/9999',
    fields: { 'boomerang.loyalty_score': '120', 'boomerang.loyalty_tier': 'gold' },
    held: async id => Object.fromEntries(shop.held.get(id) ?? []),
    close: shop.close,
  }
})

const change = (n: number, fields: Extract<Change, { op: 'upsert' }>['fields'] = scores(n)): Change => ({
  op: 'upsert',
  id: gid(n),
  key: `key-${n}`,
  fields,
})
const scores = (n: number) => ({ 'boomerang.loyalty_score': String(n), 'boomerang.loyalty_tier': 'gold' })

async function deliver(changes: readonly Change[], bend: Shop['bend'] = () => undefined): Promise<readonly Outcome[]> {
  open ??= await shopOf()
  open.bend = bend
  return await metafields.deliver(outside(), { connection: connectionTo(open.url), changes })
}
const inputsOfCalls = (): readonly (readonly Input[])[] =>
  (open?.asked ?? []).map(asked => variablesOf(asked).metafields ?? [])

it('sends at most 25 inputs a call and never splits a customer over two', async () => {
  await deliver(Array.from({ length: 30 }, (_, n) => change(n)))
  expect(inputsOfCalls().map(inputs => inputs.length)).toEqual([24, 24, 12])
  const calls = inputsOfCalls().map(inputs => new Set(inputs.map(({ ownerId }) => ownerId)))
  expect(calls.reduce((sum, owners) => sum + owners.size, 0)).toBe(30)
})

it('sends each field with its declared type', async () => {
  await deliver([change(7)])
  expect(inputsOfCalls()[0]).toEqual([
    { ownerId: gid(7), namespace: 'boomerang', key: 'loyalty_score', value: '7', type: 'number_integer' },
    { ownerId: gid(7), namespace: 'boomerang', key: 'loyalty_tier', value: 'gold', type: 'single_line_text_field' },
  ])
})

it('rejects only the change that an error names, with Shopify’s words', async () => {
  const outcomes = await deliver([change(1), change(8_500), change(2)])
  expect(outcomes).toHaveLength(3)
  expect(outcomes.find(({ id }) => id === gid(8_500))).toEqual({
    id: gid(8_500),
    state: 'rejected',
    why: 'INVALID_VALUE: Owner does not exist.',
  })
  expect(open?.held.get(gid(2))?.get('boomerang.loyalty_score')).toBe('2')
})

it('finds the bad change by halving where the error names none', async () => {
  const outcomes = await deliver(
    Array.from({ length: 12 }, (_, n) => change(n)),
    (root, inputs) => (inputs.some(({ ownerId }) => ownerId === gid(5)) ? refused(root, 'INVALID', null) : undefined),
  )
  expect(outcomes.filter(({ state }) => state !== 'acked').map(({ id }) => id)).toEqual([gid(5)])
})

it('sends nothing that cannot be right: another id, a field it does not know', async () => {
  const outcomes = await deliver([
    { ...change(1), id: 'gid://shopify/Order/1' },
    change(2, { 'boomerang.shoe_size': '44' }),
    change(3, { __proto__: null, constructor: '1' } as unknown as Record<string, string>),
  ])
  expect(outcomes.map(({ state }) => state)).toEqual(['rejected', 'rejected', 'rejected'])
  expect(open?.asked).toEqual([])
})

it('says unknown where the answer was lost, and sends nothing a second time', async () => {
  const outcomes = await deliver([change(1), change(2)], () => ({ cutAfter: 0 }))
  expect(outcomes.map(({ state }) => state)).toEqual(['unknown', 'unknown'])
  expect(open?.asked).toHaveLength(1)
})

it('acknowledges what was set even where the clearing of another was lost', async () => {
  const outcomes = await deliver([change(1), change(2, { 'boomerang.loyalty_score': null })], root =>
    root === 'metafieldsDelete' ? { cutAfter: 0 } : undefined,
  )
  expect(outcomes).toMatchObject([
    { id: gid(1), state: 'acked' },
    { id: gid(2), state: 'unknown' },
  ])
})

it('defers where Shopify stays throttled', async () => {
  const throttled: Reaction = { body: { errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }] } }
  expect(await deliver([change(1)], () => throttled)).toMatchObject([{ state: 'deferred', retry: 'later' }])
})

it('defers where no connection can be made: nothing can have arrived', async () => {
  open = await shopOf()
  await open.close()
  expect(await deliver([change(1)])).toMatchObject([{ state: 'deferred', retry: 'later' }])
})

it('waits a short throttling out and delivers', async () => {
  const once = (_: string, __: readonly Input[], nth: number): Reaction | undefined =>
    nth === 1 ? { status: 429, headers: { 'retry-after': '1' } } : undefined
  expect(await deliver([change(1)], once)).toEqual([{ id: gid(1), state: 'acked' }])
})

it('throws a Fault where the token is refused', async () => {
  await expect(deliver([change(1)], () => ({ status: 401 }))).rejects.toMatchObject({ retry: 'never' })
})
