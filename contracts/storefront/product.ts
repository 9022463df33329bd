import { id, integer, list, nullable, oneOf, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { notBefore } from '../rules.ts'
import { byEvent } from './deletion.ts'

/** One product of a shop. */
export const product = contract('storefront.product', {
  version: 1,
  key: ['product_id'],
  changed: 'updated_at',
  risk: 'analytical',
  authority: 'storefront',
  gone: byEvent,
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    product_id: id('Product'),
    title: text('a title'),
    handle: text('a handle', '[^ /]{1,255}'),
    status: oneOf('ACTIVE', 'ARCHIVED', 'DRAFT', 'UNLISTED'),
    vendor: nullable(text('a vendor')),
    product_type: nullable(text('a product type')),
    total_inventory: integer(),
    created_at: utc(),
    updated_at: utc(),
    tags: list(),
  },
  rules: [notBefore('updated_at', 'created_at')],
})
