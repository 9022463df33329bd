import { mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { order } from '../contracts/storefront/order.ts'
import { gate } from '../jobs/gate/gate.ts'
import { gatherParts, stageRejects } from '../jobs/load-parts.ts'
import { rejectStatements } from '../jobs/reject-statements.ts'
import type { Claim } from '../jobs/sources/source.ts'
import { openDuckdb } from '../models/warehouse/duckdb/duckdb.ts'
import { merge } from '../models/warehouse/merge.ts'
import { rawTable } from '../models/warehouse/raw.ts'
import type { Warehouse } from '../models/warehouse/warehouse.ts'

// One process, one load, one way: `gate` is the product's, `yardstick` the engine's own typed reader before the same merge.
const [way, file, lines, longest] = process.argv.slice(2) as [string, string, string, string]
const folder = join(dirname(file), way)
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })

const amount = (of: string): string => `${of}.shopMoney.amount`
const fields: Claim['fields'] = {
  order_id: 'id',
  legacy_id: 'legacyResourceId',
  name: 'name',
  customer_id: 'customer.id',
  email: 'email',
  created_at: 'createdAt',
  updated_at: 'updatedAt',
  ordered_at: 'processedAt',
  shipped_at: 'fulfillments.0.createdAt',
  cancelled_at: 'cancelledAt',
  test: 'test',
  currency: 'currencyCode',
  financial_status: 'displayFinancialStatus',
  fulfillment_status: 'displayFulfillmentStatus',
  subtotal: amount('subtotalPriceSet'),
  total_tax: amount('totalTaxSet'),
  total_discount: amount('totalDiscountsSet'),
  total_shipping: amount('totalShippingPriceSet'),
  total: amount('totalPriceSet'),
  current_total: amount('currentTotalPriceSet'),
  total_received: amount('totalReceivedSet'),
  total_refunded: amount('totalRefundedSet'),
  ship_country: 'shippingAddress.countryCodeV2',
  ship_postcode: 'shippingAddress.zip',
  tags: 'tags',
}
const facts = { connection: 'north', load: 'bench', extractedAt: '2026-06-30T02:00:00.000000Z' }

const warehouse = await openDuckdb(join(folder, 'warehouse.duckdb'), {
  tempDirectory: join(folder, 'spill'),
  memoryLimit: '400MB',
})
