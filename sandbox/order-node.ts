import { customerGid, emailOf, type OrderFacts } from './orders.ts'
import { spoil } from './planted.ts'
import { cents, type Variant } from './products.ts'
import { chance, pick } from './random.ts'
import { gid, type Shop } from './shops.ts'
import { isoOf } from './world.ts'

const bag = (amount: number, currency: string): Record<string, unknown> => ({
  shopMoney: { amount: cents(amount), currencyCode: currency },
  presentmentMoney: { amount: cents(amount), currencyCode: currency },
})

/** An order as the Admin API shows it; lists are inlined, line items are a connection. */
export function orderNode(facts: OrderFacts, shop: Shop): Record<string, unknown> {
  const money = (amount: number): Record<string, unknown> => bag(amount, shop.currency)
  const address = pick(shop.addresses, chance(facts.index, 'address'))
  const received = facts.cancelled === undefined ? facts.total : 0
  const back = facts.refunded?.amount ?? 0
  const status =
    facts.cancelled !== undefined
      ? 'VOIDED'
      : back === 0
        ? 'PAID'
        : back === facts.total
          ? 'REFUNDED'
          : 'PARTIALLY_REFUNDED'
  const node = {
    __typename: 'Order',
    id: gid('Order', facts.id),
    legacyResourceId: String(facts.id),
    name: facts.name,
    number: 1001 + facts.index,
    email: emailOf(facts.customer, shop),
    createdAt: isoOf(facts.placed),
    updatedAt: isoOf(facts.updated),
    processedAt: isoOf(facts.placed),
    cancelledAt: facts.cancelled === undefined ? null : isoOf(facts.cancelled),
    cancelReason: facts.cancelled === undefined ? null : 'CUSTOMER',
    closedAt: null,
    confirmed: true,
    test: facts.test,
    currencyCode: shop.currency,
    presentmentCurrencyCode: shop.currency,
    displayFinancialStatus: status,
    displayFulfillmentStatus: facts.shipped === undefined ? 'UNFULFILLED' : 'FULFILLED',
    tags: facts.index % 7 === 0 ? ['gift'] : [],
    note: null,
    sourceName: 'web',
    taxesIncluded: shop.taxesIncluded,
    subtotalPriceSet: money(facts.subtotal),
    totalPriceSet: money(facts.total),
    currentTotalPriceSet: money(facts.total - back),
    totalTaxSet: money(facts.tax),
    totalDiscountsSet: money(facts.discount),
    totalShippingPriceSet: money(facts.shipping),
    totalRefundedSet: money(back),
    totalReceivedSet: money(received),
    netPaymentSet: money(received - back),
    customer: { id: customerGid(facts.customer, shop) },
    shippingAddress: {
      countryCodeV2: address.country,
      zip: address.zip(facts.index + 11),
      city: address.city,
      provinceCode: address.province,
    },
    transactions: transactionsOf(facts, shop),
    refunds:
      facts.refunded === undefined
        ? []
        : [
            {
              id: gid('Refund', facts.id),
              createdAt: isoOf(facts.refunded.at),
              updatedAt: isoOf(facts.refunded.at),
              note: null,
              totalRefundedSet: money(back),
            },
          ],
    fulfillments:
      facts.shipped === undefined
        ? []
        : [
            {
              id: gid('Fulfillment', facts.id),
              name: `${facts.name}.1`,
              status: 'SUCCESS',
              createdAt: isoOf(facts.shipped),
              updatedAt: isoOf(facts.shipped),
            },
          ],
    lineItems: facts.lines.map((line, n) => lineNode(facts, shop, { ...line, n })),
  }
  return facts.bad === undefined ? node : spoil(node, facts.bad)
}

function transactionsOf(facts: OrderFacts, shop: Shop): readonly Record<string, unknown>[] {
  const of = (n: number, kind: string, amount: number, at: number, parent: number | null): Record<string, unknown> => ({
    id: gid('OrderTransaction', facts.id * 10 + n),
    kind,
    status: 'SUCCESS',
    gateway: 'card',
    createdAt: isoOf(at),
    processedAt: isoOf(at),
    test: facts.test,
    errorCode: null,
    amountSet: bag(amount, shop.currency),
    parentTransaction: parent === null ? null : { id: gid('OrderTransaction', facts.id * 10 + parent) },
  })
  const paid =
    facts.cancelled === undefined
      ? [
          of(1, 'AUTHORIZATION', facts.total, facts.placed, null),
          of(2, 'CAPTURE', facts.total, facts.placed + 30_000, 1),
        ]
      : [of(1, 'AUTHORIZATION', facts.total, facts.placed, null), of(2, 'VOID', facts.total, facts.cancelled, 1)]
  return facts.refunded === undefined ? paid : [...paid, of(3, 'REFUND', facts.refunded.amount, facts.refunded.at, 2)]
}

function lineNode(
  facts: OrderFacts,
  shop: Shop,
  {
    variant,
    quantity,
    discount,
    n,
  }: { readonly variant: Variant; readonly quantity: number; readonly discount: number; readonly n: number },
): Record<string, unknown> {
  const money = (amount: number): Record<string, unknown> => bag(amount, shop.currency)
  return {
    __typename: 'LineItem',
    id: gid('LineItem', facts.id * 10 + n),
    name: variant.title,
    title: variant.title,
    sku: variant.sku,
    quantity,
    currentQuantity: facts.refunded?.amount === facts.total ? 0 : quantity,
    originalUnitPriceSet: money(variant.price),
    discountedUnitPriceSet: money(variant.price - Math.floor(discount / quantity)),
    originalTotalSet: money(variant.price * quantity),
    discountedTotalSet: money(variant.price * quantity - discount),
    totalDiscountSet: money(discount),
    vendor: shop.domain,
    variant: { id: gid('ProductVariant', variant.id) },
    product: { id: gid('Product', variant.product) },
  }
}
