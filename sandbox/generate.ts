import { type ShopName, shops } from './shops.ts'
import { bulkLines } from './storefront/bulk-result.ts'

const everything = `{ orders { edges { node {
  id legacyResourceId name email createdAt updatedAt processedAt cancelledAt test currencyCode
  displayFinancialStatus displayFulfillmentStatus tags
  subtotalPriceSet { shopMoney { amount currencyCode } } totalPriceSet { shopMoney { amount currencyCode } }
  currentTotalPriceSet { shopMoney { amount currencyCode } } totalTaxSet { shopMoney { amount currencyCode } }
  totalDiscountsSet { shopMoney { amount currencyCode } } totalShippingPriceSet { shopMoney { amount currencyCode } }
  totalReceivedSet { shopMoney { amount currencyCode } } totalRefundedSet { shopMoney { amount currencyCode } }
  customer { id } shippingAddress { countryCodeV2 zip }
  transactions { id kind status gateway createdAt processedAt test amountSet { shopMoney { amount currencyCode } }
    parentTransaction { id } }
  refunds { id createdAt updatedAt totalRefundedSet { shopMoney { amount currencyCode } } }
  fulfillments { createdAt }
  lineItems { edges { node {
    id sku title quantity currentQuantity variant { id } product { id }
    originalUnitPriceSet { shopMoney { amount currencyCode } } discountedTotalSet { shopMoney { amount currencyCode } }
  } } }
} } } }`

/** The lines of a bulk result of a shop's orders, as they are on a day of the world, each with its line end. */
export function* orderLines({
  seed,
  orders,
  shop,
  day,
  query = everything,
}: {
  readonly seed: number
  readonly orders: number
  readonly shop: ShopName
  readonly day: number
  /** What the lines hold, as a bulk query says it. */
  readonly query?: string
}): Generator<string> {
  for (const { text } of bulkLines({ seed, orders, day }, shops[shop], { query, grouped: false })) yield text
}
