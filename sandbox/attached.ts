import { createHash } from 'node:crypto'
import { isoOf } from './world.ts'

/** What a metafield is attached to. */
export interface Owner {
  readonly type: 'Order' | 'Customer' | 'Product'
  readonly id: number
  /** Its number among its kind. */
  readonly index: number
  /** Milliseconds. */
  readonly created: number
}

const kinds = {
  Order: { every: 10, key: 'gift_note', type: 'single_line_text_field', value: (n: number) => `For your ${n}th "day"` },
  Customer: { every: 6, key: 'shoe_size', type: 'number_integer', value: (n: number) => String(36 + (n % 10)) },
  Product: { every: 2, key: 'care', type: 'json', value: (n: number) => JSON.stringify({ wash: 30 + (n % 3) * 10 }) },
} as const

/** How many metafields so many records of a kind have between them. */
export const attachedCount = (type: Owner['type'], records: number): number => Math.ceil(records / kinds[type].every)

/** The metafields that a record has had since it was made, beside those that were written since: one for every so many records. */
export function attachedTo({ type, id, index, created }: Owner): readonly Readonly<Record<string, unknown>>[] {
  const { every, key, type: form, value } = kinds[type]
  if (index % every !== 0) return []
  return [
    {
      __typename: 'Metafield',
      id: `gid://shopify/Metafield/${id}`,
      namespace: 'custom',
      key,
      type: form,
      value: value(index),
      compareDigest: createHash('sha256')
        .update(`metafield ${value(index)}`)
        .digest('hex'),
      createdAt: isoOf(created),
      updatedAt: isoOf(created),
    },
  ]
}
