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

/** The name under which the answer holds a field. */
export const aliasOf = (field: string): string => field.replaceAll(/[^A-Za-z0-9]/g, '_')

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

/** A node that is no customer, or of whom nothing is known, is null or empty. */
const held = z.object({
  nodes: z.array(z.record(z.string(), z.union([z.string(), z.object({ value: z.string() }), z.null()])).nullable()),
})

const selection = Object.keys(metafieldTypes)
  .map(field => {
    const { namespace, key } = nameOf(field)
    return `      ${aliasOf(field)}: metafield(namespace: "${namespace}", key: "${key}") { value }`
  })
  .join('\n')

export const askMetafieldsHeld: Ask<z.infer<typeof held>> = {
  name: 'nodes',
  kind: 'query',
  text: `query boomerangMetafieldsHeld($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on Customer {
      id
${selection}
    }
  }
}`,
  answer: held,
}
