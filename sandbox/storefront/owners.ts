import { customerAt } from '../customers.ts'
import type { Writes } from '../journal.ts'
import { orderNode } from '../order-node.ts'
import { orderOf } from '../orders.ts'
import type { Shop } from '../shops.ts'
import { isoOf, nowOf, type World } from '../world.ts'
import { type Node, Refusal, topError } from './graphql.ts'
import { digestOf } from './metafields.ts'

export interface OwnerTerms {
  readonly shop: Shop
  readonly world: () => World
  readonly writes: Writes
}

/** One object by its global id: undefined where there is none. An id of another kind, or no id at all, ends the answer. */
export function ownerOf(terms: OwnerTerms, id: unknown, kind: 'Customer' | 'Order'): Node | undefined {
  const found = gidOf(id)
  if (found.type !== kind) throw new Refusal(topError('RESOURCE_NOT_FOUND', `Invalid id: ${String(id)}`))
  return nodeOf(terms, id)
}

/** As `nodes` gives it: undefined for whatever the sandbox does not know. */
export function nodeOf({ shop, world, writes }: OwnerTerms, id: unknown): Node | undefined {
  const { type, number } = gidOf(id)
  const facts = ['Order', 'Refund'].includes(type) ? orderOf(world(), shop, number - shop.idBase) : undefined
  const order = facts && orderNode(facts, shop)
  if (type === 'Refund') return (order?.refunds as readonly Node[] | undefined)?.[0]
  if (type === 'Order') return order
  const customer = type === 'Customer' ? customerAt(world(), shop, number - shop.idBase / 10) : undefined
  if (customer === undefined) return undefined
  const written = Object.entries(writes.held(`storefront.${shop.name}`, String(id)) ?? {}).map(([field, value]) => ({
    __typename: 'Metafield',
    id: `gid://shopify/Metafield/${field}`,
    namespace: field.split('.')[0],
    key: field.split('.')[1],
    value,
    type: /^-?[0-9]+$/.test(value) ? 'number_integer' : 'single_line_text_field',
    compareDigest: digestOf(value),
    createdAt: isoOf(nowOf(world())),
    updatedAt: isoOf(nowOf(world())),
  }))
  const metafields = [...(customer.metafields as readonly Node[]), ...written]
  return { ...customer, metafields, metafield: metafields }
}

function gidOf(id: unknown): { readonly type: string; readonly number: number } {
  const found = /^gid:\/\/shopify\/([A-Za-z]+)\/(\d+)$/.exec(String(id))
  if (found === null) throw new Refusal(topError('argumentLiteralsIncompatible', `Invalid global id '${String(id)}'`))
  return { type: String(found[1]), number: Number(found[2]) }
}
