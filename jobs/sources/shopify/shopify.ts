import { shopAccount } from '../../../sinks/shopify/client.ts'
import type { Source, SourceObject } from '../source.ts'
import { beneath } from './beneath.ts'
import { checkouts } from './checkouts.ts'
import { collections } from './collections.ts'
import { customers } from './customers.ts'
import { deletions } from './deletions.ts'
import { discounts } from './discounts.ts'
import { draftOrders } from './draft-orders.ts'
import { events } from './events.ts'
import { shopifyHooks } from './hooks.ts'
import { locations } from './locations.ts'
import { customerMetafields, orderMetafields, productMetafields } from './metafields.ts'
import { type BulkObject, bulkObject } from './object.ts'
import { orders, ordersAgain } from './orders.ts'
import { pagedList } from './pages.ts'
import { balanceTransactions, payouts } from './payments.ts'
import { products, variants } from './products.ts'
import { refundLines } from './refunds.ts'
import { stock } from './stock.ts'
import { sweeps } from './sweeps.ts'
import { catalogs, companies, priceLists } from './trade.ts'

/** What is read of every shop, one bulk query each. */
const usual: readonly BulkObject[] = [orders, customers, products, stock, variants, collections, ordersAgain, ...sweeps]

/** What is read of a shop where the catalogue names it: not every shop has it, or has a use for it. */
const furtherBulk: readonly BulkObject[] = [
  orderMetafields,
  customerMetafields,
  productMetafields,
  discounts,
  draftOrders,
  checkouts,
  locations,
  priceLists,
  catalogs,
  companies,
]

export const bulkObjects: readonly BulkObject[] = [...usual, ...furtherBulk]
export const further: readonly SourceObject[] = [
  ...furtherBulk.map(bulkObject),
  pagedList(payouts),
  pagedList(balanceTransactions),
]

/** A storefront: one shop of Shopify, read by bulk queries and, where those do not reach, by pages; and `more` than what is usual. */
export const shopWith = (...more: readonly SourceObject[]): Source => ({
  name: 'shopify',
  objects: [...usual.map(bulkObject), beneath(refundLines), ...more, pagedList(deletions), events],
  hooks: shopifyHooks,
  check: shopAccount,
})

export const shopify = shopWith()
