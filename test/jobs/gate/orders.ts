import { order } from '../../../contracts/storefront/order.ts'
import { claimsOf } from '../../../jobs/sources/shopify/bulk-query.ts'
import { orders } from '../../../jobs/sources/shopify/orders.ts'

/** An order, two lists inside it, and lines below it. */
export const orderClaims = claimsOf(orders)

/** An order alone, which costs a fifth of them all: for what is not about the records below an order. */
export const plainClaims = orderClaims.filter(({ contract }) => contract === order)

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
  fulfillments: [
    {
      id: `gid://shopify/Fulfillment/${n}3`,
      status: 'SUCCESS',
      displayStatus: 'FULFILLED',
      totalQuantity: 1,
      createdAt: '2026-05-02T00:11:12Z',
      updatedAt: '2026-05-02T00:11:12Z',
      deliveredAt: null,
      trackingInfo: [{ company: 'DHL', number: 'JJD1' }],
    },
  ],
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
