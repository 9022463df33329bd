import { order } from '../../../contracts/storefront/order.ts'
import { orderLine } from '../../../contracts/storefront/order-line.ts'
import { refund } from '../../../contracts/storefront/refund.ts'
import { transaction } from '../../../contracts/storefront/transaction.ts'
import type { Claim } from '../../../jobs/sources/source.ts'

const amount = (of: string): string => `${of}.shopMoney.amount`

/** The claims of a small orders file of the tests' own: an order, two lists inside it, and lines below it. */
export const orderClaims: readonly Claim[] = [
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
      amount: amount('amountSet'),
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
      amount: amount('totalRefundedSet'),
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
      unit_price: amount('originalUnitPriceSet'),
      total: amount('originalTotalSet'),
      discounted_total: amount('discountedTotalSet'),
    },
  },
]

type Plain = { [key: string]: unknown }

const bag = (text: string, currency?: string): Plain => ({
  shopMoney: { amount: text, ...(currency === undefined ? {} : { currencyCode: currency }) },
})

/** A good order as a storefront delivers it. */
export const orderRecord = (n: number): Plain => ({
  id: `gid://shopify/Order/${n}`,
  legacyResourceId: String(n),
  name: `#${n}`,
  customer: { id: `gid://shopify/Customer/${n % 50}1` },
  email: 'someone@example.com',
  createdAt: '2026-05-01T00:11:12Z',
  updatedAt: '2026-05-01T01:31:12.5Z',
  processedAt: '2026-05-01T00:11:12Z',
  fulfillments: [{ createdAt: '2026-05-02T00:11:12Z' }],
  cancelledAt: null,
  test: false,
  currencyCode: 'EUR',
  displayFinancialStatus: 'PAID',
  displayFulfillmentStatus: 'FULFILLED',
  subtotalPriceSet: bag('10.00'),
  totalTaxSet: bag('1.9'),
  totalDiscountsSet: bag('0.0'),
  totalShippingPriceSet: bag('4.90'),
  totalPriceSet: bag('16.80'),
  currentTotalPriceSet: bag('16.8'),
  totalReceivedSet: bag('16.80'),
  totalRefundedSet: bag('5.0'),
  shippingAddress: { countryCodeV2: 'DE', zip: '10115' },
  tags: ['a', 'b'],
  transactions: [
    {
      id: `gid://shopify/OrderTransaction/${n}1`,
      parentTransaction: null,
      kind: 'SALE',
      status: 'SUCCESS',
      gateway: 'card',
      createdAt: '2026-05-01T00:11:12Z',
      processedAt: null,
      test: false,
      amountSet: bag('16.80', 'EUR'),
    },
  ],
  refunds: [
    {
      id: `gid://shopify/Refund/${n}2`,
      createdAt: '2026-05-03T00:00:00Z',
      updatedAt: '2026-05-03T00:00:00Z',
      totalRefundedSet: bag('5.0', 'EUR'),
    },
  ],
})

/** A good line item of that order. */
export const lineRecord = (n: number): Plain => ({
  id: `gid://shopify/LineItem/${n}3`,
  sku: 'AB12-RED-M',
  title: 'A shirt',
  variant: { id: `gid://shopify/ProductVariant/${n}4` },
  product: null,
  quantity: 2,
  currentQuantity: 1,
  originalUnitPriceSet: bag('5.00'),
  originalTotalSet: bag('10.00'),
  discountedTotalSet: bag('9.5'),
  __parentId: `gid://shopify/Order/${n}`,
})
