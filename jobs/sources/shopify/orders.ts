import { z } from 'zod'
import { order } from '../../../contracts/storefront/order.ts'
import { orderLine } from '../../../contracts/storefront/order-line.ts'
import { refund } from '../../../contracts/storefront/refund.ts'
import { transaction } from '../../../contracts/storefront/transaction.ts'
import type { Ask } from '../../../sinks/shopify/asks.ts'
import { claimOf } from '../source.ts'
import { changedSince, literal } from './filter.ts'
import { bulkObject } from './object.ts'

const orderClaim = claimOf(order, {
  kind: 'Order',
  fields: {
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
    subtotal: 'subtotalPriceSet.shopMoney.amount',
    total_tax: 'totalTaxSet.shopMoney.amount',
    total_discount: 'totalDiscountsSet.shopMoney.amount',
    total_shipping: 'totalShippingPriceSet.shopMoney.amount',
    total: 'totalPriceSet.shopMoney.amount',
    current_total: 'currentTotalPriceSet.shopMoney.amount',
    total_received: 'totalReceivedSet.shopMoney.amount',
    total_refunded: 'totalRefundedSet.shopMoney.amount',
    ship_country: 'shippingAddress.countryCodeV2',
    ship_postcode: 'shippingAddress.zip',
    tags: 'tags',
  },
})

const transactionClaim = claimOf(transaction, {
  kind: 'Order',
  each: 'transactions',
  fields: {
    transaction_id: 'id',
    order_id: '^id',
    parent_transaction_id: 'parentTransaction.id',
    kind: 'kind',
    status: 'status',
    gateway: 'gateway',
    created_at: 'createdAt',
    processed_at: 'processedAt',
    test: 'test',
    amount: 'amountSet.shopMoney.amount',
    currency: 'amountSet.shopMoney.currencyCode',
  },
})

const refundClaim = claimOf(refund, {
  kind: 'Order',
  each: 'refunds',
  fields: {
    refund_id: 'id',
    order_id: '^id',
    created_at: 'createdAt',
    updated_at: 'updatedAt',
    amount: 'totalRefundedSet.shopMoney.amount',
    currency: 'totalRefundedSet.shopMoney.currencyCode',
  },
})

const lineClaim = claimOf(orderLine, {
  kind: 'LineItem',
  fields: {
    line_id: 'id',
    order_id: '__parentId',
    sku: 'sku',
    title: 'title',
    variant_id: 'variant.id',
    product_id: 'product.id',
    quantity: 'quantity',
    current_quantity: 'currentQuantity',
    unit_price: 'originalUnitPriceSet.shopMoney.amount',
    total: 'originalTotalSet.shopMoney.amount',
    discounted_total: 'discountedTotalSet.shopMoney.amount',
  },
})

/** Every order that changed in the interval, as it stands now. The first fulfillment is the one that says when it shipped. */
export const ordersQuery = (filter: string): string => `{
  orders(query: ${literal(filter)}) {
    edges {
      node {
        id legacyResourceId name email createdAt updatedAt processedAt cancelledAt test
        currencyCode displayFinancialStatus displayFulfillmentStatus tags
        customer { id }
        fulfillments(first: 1) { createdAt }
        shippingAddress { countryCodeV2 zip }
        subtotalPriceSet { shopMoney { amount } }
        totalTaxSet { shopMoney { amount } }
        totalDiscountsSet { shopMoney { amount } }
        totalShippingPriceSet { shopMoney { amount } }
        totalPriceSet { shopMoney { amount } }
        currentTotalPriceSet { shopMoney { amount } }
        totalReceivedSet { shopMoney { amount } }
        totalRefundedSet { shopMoney { amount } }
        transactions {
          id kind status gateway createdAt processedAt test
          parentTransaction { id }
          amountSet { shopMoney { amount currencyCode } }
        }
        refunds { id createdAt updatedAt totalRefundedSet { shopMoney { amount currencyCode } } }
        lineItems {
          edges {
            node {
              id sku title quantity currentQuantity
              variant { id }
              product { id }
              originalUnitPriceSet { shopMoney { amount } }
              originalTotalSet { shopMoney { amount } }
              discountedTotalSet { shopMoney { amount } }
            }
          }
        }
      }
    }
  }
}`

export const askOrdersProbe: Ask<unknown> = {
  name: 'orders',
  kind: 'query',
  text: 'query boomerangOrdersProbe($filter: String!) { orders(first: 1, query: $filter) { edges { node { id } } } }',
  answer: z.unknown(),
}

/** Read back ten minutes: the index that the filter searches lags behind the records. */
export const orders = bulkObject({
  name: 'storefront.orders',
  overlapMs: 10 * 60 * 1000,
  claims: [orderClaim, transactionClaim, refundClaim, lineClaim],
  query: interval => ordersQuery(changedSince(interval)),
  probe: { ask: askOrdersProbe, filter: changedSince },
})
