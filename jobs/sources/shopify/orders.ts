import { order } from '../../../contracts/storefront/order.ts'
import { orderLine } from '../../../contracts/storefront/order-line.ts'
import { refund } from '../../../contracts/storefront/refund.ts'
import { transaction } from '../../../contracts/storefront/transaction.ts'
import type { SourceObject } from '../source.ts'
import { bulkQuery } from './bulk.ts'
import { amountOf, between } from './filter.ts'

/** Quoted instants: an unquoted time is ignored, and the whole day matches. */
export const ordersQuery = (filter: string): string => `{
  orders(query: "${filter}") { edges { node {
    id legacyResourceId name email createdAt updatedAt processedAt cancelledAt test currencyCode
    displayFinancialStatus displayFulfillmentStatus tags
    customer { id }
    shippingAddress { countryCodeV2 zip }
    fulfillments(first: 1) { createdAt }
    subtotalPriceSet { shopMoney { amount } }
    totalTaxSet { shopMoney { amount } }
    totalDiscountsSet { shopMoney { amount } }
    totalShippingPriceSet { shopMoney { amount } }
    totalPriceSet { shopMoney { amount } }
    currentTotalPriceSet { shopMoney { amount } }
    totalReceivedSet { shopMoney { amount } }
    totalRefundedSet { shopMoney { amount } }
    transactions { id kind status gateway createdAt processedAt test parentTransaction { id } amountSet { shopMoney { amount currencyCode } } }
    refunds { id createdAt updatedAt totalRefundedSet { shopMoney { amount currencyCode } } }
    lineItems { edges { node {
      id sku title quantity currentQuantity variant { id } product { id }
      originalUnitPriceSet { shopMoney { amount } }
      originalTotalSet { shopMoney { amount } }
      discountedTotalSet { shopMoney { amount } }
    } } }
  } } }
}`

/** Orders that changed, each with its line items below it and its transactions and refunds inside it. */
export const orders: SourceObject = {
  name: 'storefront.orders',
  format: 'ndjson',
  overlapMs: 10 * 60_000,
  extract: (ctx, request) =>
    bulkQuery(ctx, request, { name: 'orders.jsonl', query: ordersQuery(between('updated_at', request.interval)) }),
  claims: [
    {
      contract: order,
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
        subtotal: amountOf('subtotalPriceSet'),
        total_tax: amountOf('totalTaxSet'),
        total_discount: amountOf('totalDiscountsSet'),
        total_shipping: amountOf('totalShippingPriceSet'),
        total: amountOf('totalPriceSet'),
        current_total: amountOf('currentTotalPriceSet'),
        total_received: amountOf('totalReceivedSet'),
        total_refunded: amountOf('totalRefundedSet'),
        ship_country: 'shippingAddress.countryCodeV2',
        ship_postcode: 'shippingAddress.zip',
        tags: 'tags',
      },
    },
    {
      contract: transaction,
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
        amount: amountOf('amountSet'),
        currency: 'amountSet.shopMoney.currencyCode',
      },
    },
    {
      contract: refund,
      kind: 'Order',
      each: 'refunds',
      fields: {
        refund_id: 'id',
        order_id: '^id',
        created_at: 'createdAt',
        updated_at: 'updatedAt',
        amount: amountOf('totalRefundedSet'),
        currency: 'totalRefundedSet.shopMoney.currencyCode',
      },
    },
    {
      contract: orderLine,
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
        unit_price: amountOf('originalUnitPriceSet'),
        total: amountOf('originalTotalSet'),
        discounted_total: amountOf('discountedTotalSet'),
      },
    },
  ],
}
