import { shopAccount } from '../../../sinks/shopify/client.ts'
import type { Source } from '../source.ts'
import { customers } from './customers.ts'
import { type BulkObject, bulkObject } from './object.ts'
import { orders } from './orders.ts'
import { products } from './products.ts'
import { stock } from './stock.ts'

/** What is read of a shop, one bulk query each. */
export const bulkObjects: readonly BulkObject[] = [orders, customers, products, stock]

/** A storefront: one shop of Shopify, read by bulk queries. */
export const shopify: Source = { name: 'shopify', objects: bulkObjects.map(bulkObject), check: shopAccount }
