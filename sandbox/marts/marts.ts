import type { World } from '../world.ts'
import { accountsOf, cohortRows, customerRows, loyaltyRows, valueRows } from './customers.ts'
import { type MartRow, salesOf } from './ledger.ts'
import { paymentRows, payoutRows, refundRows } from './money.ts'
import { dayRows, discountRows, itemRows, marketRows, orderRows } from './sales.ts'
import { stockRows } from './stock.ts'

/** Every row of every mart as a patient person would work it out from the world's own facts, as of the night that ended then. */
export function martsOf(world: World, asOf: number): Readonly<Record<string, readonly MartRow[]>> {
  const sales = salesOf(world)
  const accounts = accountsOf(world, sales)
  return {
    cohorts: cohortRows(sales),
    customer_loyalty: loyaltyRows(accounts, asOf),
    customer_value: valueRows(accounts, asOf),
    customers: customerRows(accounts),
    daily_sales: dayRows(sales),
    daily_sales_by_market: marketRows(sales),
    discounts: discountRows(sales),
    orders: orderRows(world, sales),
    payments: paymentRows(world, sales),
    payouts: payoutRows(world),
    product_sales: itemRows(sales),
    product_stock: stockRows(world),
    refunds_and_returns: refundRows(sales),
  }
}
