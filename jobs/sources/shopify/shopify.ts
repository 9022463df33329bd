import { shopAccount } from '../../../sinks/shopify/client.ts'
import type { Source } from '../source.ts'
import { customers } from './customers.ts'
import { orders } from './orders.ts'
import { products } from './products.ts'
import { stock } from './stock.ts'

/** A shop, read through bulk queries of the Admin API. */
export const shopify: Source = { name: 'shopify', objects: [orders, customers, products, stock], check: shopAccount }
