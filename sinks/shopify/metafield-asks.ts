import { z } from 'zod'
import { type Ask, userErrors } from './asks.ts'

/** The fields that boomerang pushes to a customer, `namespace.key`, and Shopify's type of each. */
export const metafieldTypes: Readonly<Record<string, string>> = {
  'boomerang.loyalty_score': 'number_integer',
  'boomerang.loyalty_tier': 'single_line_text_field',
}

export interface MetafieldName {
  readonly namespace: string
  readonly key: string
}

export const nameOf = (field: string): MetafieldName => {
  const dot = field.lastIndexOf('.')
  return { namespace: field.slice(0, dot), key: field.slice(dot + 1) }
}

const set = z.object({ metafieldsSet: z.object({ userErrors }) })

export const askMetafieldsSet: Ask<z.infer<typeof set>> = {
  name: 'metafieldsSet',
  kind: 'mutation',
  text: `mutation boomerangMetafieldsSet($metafields: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $metafields) { userErrors { code field message } }
}`,
  answer: set,
}

const cleared = z.object({ metafieldsDelete: z.object({ userErrors }) })

export const askMetafieldsDelete: Ask<z.infer<typeof cleared>> = {
  name: 'metafieldsDelete',
  kind: 'mutation',
  text: `mutation boomerangMetafieldsDelete($metafields: [MetafieldIdentifierInput!]!) {
  metafieldsDelete(metafields: $metafields) { userErrors { field message } }
}`,
  answer: cleared,
}

const listed = z.object({
  edges: z.array(z.object({ node: z.object({ namespace: z.string(), key: z.string(), value: z.string() }) })),
})
/** By customer, one list for each namespace; null or empty for an id that is no customer's. */
const held = z.object({ nodes: z.array(z.record(z.string(), z.union([z.string(), listed])).nullable()) })

const lists = [...new Set(Object.keys(metafieldTypes).map(field => nameOf(field).namespace))].map(
  name => `${name}: metafields(first: 50, namespace: "${name}") { edges { node { namespace key value } } }`,
)

export const askMetafieldsHeld: Ask<z.infer<typeof held>> = {
  name: 'nodes',
  kind: 'query',
  text: `query boomerangMetafieldsHeld($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on Customer {
      id
      ${lists.join(' ')}
    }
  }
}`,
  answer: held,
}

/** What one customer of the answer holds, by field; undefined where it is no customer. */
export function heldBy(
  node: z.infer<typeof held>['nodes'][number],
): { readonly id: string; readonly values: ReadonlyMap<string, string> } | undefined {
  if (typeof node?.id !== 'string') return undefined
  const values = new Map<string, string>()
  for (const list of Object.values(node))
    if (typeof list === 'object')
      for (const { node: found } of list.edges) values.set(`${found.namespace}.${found.key}`, found.value)
  return { id: node.id, values }
}
