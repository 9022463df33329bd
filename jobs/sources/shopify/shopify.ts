import { shopAccount } from '../../../sinks/shopify/client.ts'
import type { Source } from '../source.ts'
import { collections } from './collections.ts'
import { customers } from './customers.ts'
import { deletions } from './deletions.ts'
import { events } from './events.ts'
import { shopifyHooks } from './hooks.ts'
import { type BulkObject, bulkObject } from './object.ts'
import { orders } from './orders.ts'
import { pagedList } from './pages.ts'
import { products, variants } from './products.ts'
import { stock } from './stock.ts'
import { sweeps } from './sweeps.ts'

/** What is read of a shop, one bulk query each. */
export const bulkObjects: readonly BulkObject[] = [orders, customers, products, stock, variants, collections, ...sweeps]

/** A storefront: one shop of Shopify, read by bulk queries and, where those do not reach, by pages. */
export const shopify: Source = {
  name: 'shopify',
  objects: [...bulkObjects.map(bulkObject), pagedList(deletions), events],
  hooks: shopifyHooks,
  check: shopAccount,
}
