import { flag, list, nullable, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { notBefore } from '../rules.ts'

/** One product of a PIM; the attributes that a family has are kept beside the columns. */
export const akeneoProduct = contract('akeneo.product', {
  version: 1,
  key: ['product_id'],
  changed: 'updated_at',
  risk: 'operational',
  authority: 'akeneo',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    product_id: text('a UUID', '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'),
    sku: nullable(text('the value of the attribute sku')),
    family: nullable(text('a family code')),
    parent: nullable(text('the code of a product model')),
    categories: list(),
    enabled: flag(),
    created_at: utc(),
    updated_at: utc(),
  },
  rules: [notBefore('updated_at', 'created_at')],
})
