import { shopAccount } from '../../../sinks/shopify/client.ts'
import type { Source } from '../source.ts'
import { customers } from './customers.ts'
import { orders } from './orders.ts'
import { products } from './products.ts'
import { stock } from './stock.ts'

/** A storefront: one shop of Shopify, read by bulk queries. */
export const shopify: Source = { name: 'shopify', objects: [orders, customers, products, stock], check: shopAccount }
