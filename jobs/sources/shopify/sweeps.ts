import type { Contract } from '../../../contracts/contract.ts'
import { dayMs } from '../../../contracts/instant.ts'
import { customer } from '../../../contracts/storefront/customer.ts'
import { order } from '../../../contracts/storefront/order.ts'
import { product } from '../../../contracts/storefront/product.ts'
import { variant } from '../../../contracts/storefront/variant.ts'
import { presenceOf } from '../source.ts'
import type { BulkObject } from './object.ts'

interface Swept extends Pick<BulkObject, 'needs'> {
  readonly root: string
  readonly kind: string
}

/** All ids of a list, once a week: what is not among them is gone, whether or not an event said so. */
const sweepOf = (contract: Contract, { root, kind, needs }: Swept): BulkObject => ({
  name: `sweep.${root}`,
  root,
  clock: 'none',
  overlapMs: 0,
  whole: true,
  every: 7 * dayMs,
  ...(needs === undefined ? {} : { needs }),
  claims: [presenceOf(contract, { kind, key: { [contract.key[0] ?? '']: 'id' } })],
})

export const sweeps: readonly BulkObject[] = [
  sweepOf(order, { root: 'orders', kind: 'Order', needs: [{ scope: 'read_all_orders', days: 0 }] }),
  sweepOf(customer, { root: 'customers', kind: 'Customer' }),
  sweepOf(product, { root: 'products', kind: 'Product' }),
  sweepOf(variant, { root: 'productVariants', kind: 'ProductVariant' }),
]
