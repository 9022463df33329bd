import { dayStarts, ordersOn, placedAt, today } from './calendar.ts'
import { type BadOrder, badDay, badOrderAt, spoil } from './planted.ts'
import { cents, type Variant, variantsOf } from './products.ts'
import { between, chance, pick } from './random.ts'
import { gid, type Shop } from './shops.ts'
import { days, isoOf, nowOf, type World } from './world.ts'

/** The facts of one order, in cents and milliseconds; what the API and the books show of it follows from these. */
export interface OrderFacts {
  readonly index: number
  readonly id: number
  readonly name: string
  readonly placed: number
  readonly customer: number
  readonly test: boolean
  readonly lines: readonly { readonly variant: Variant; readonly quantity: number; readonly discount: number }[]
  readonly subtotal: number
  readonly discount: number
  readonly shipping: number
  readonly tax: number
  readonly total: number
  readonly shipped: number | undefined
  readonly cancelled: number | undefined
  readonly refunded: { readonly at: number; readonly amount: number } | undefined
  readonly updated: number
  readonly bad: BadOrder | undefined
}

export const customersOf = ({ orders }: World, shop: Shop): number =>
  Math.max(10, Math.floor((orders * shop.share) / 3))

/** The longest that an order goes on changing after it was placed. */
const lively = days(14)

/** Orders whose `updatedAt` lies in [from, to), in order of their placing; only days that can match are visited. */
export function* orderFacts(
  world: World,
  shop: Shop,
  { from, to }: { readonly from: number; readonly to: number },
): Generator<OrderFacts> {
  const starts = dayStarts(world, shop)
  const first = Math.max(0, today(world) - Math.ceil((nowOf(world) - from + lively) / days(1)))
  for (const day of visited(first, today(world))) {
    const count = ordersOn(world, shop, day)
    for (let n = 0; n < count; n += 1) {
      const placed = placedAt(world.seed, shop, { day, n, count })
      if (placed > nowOf(world)) return
      const facts = orderAt(world, shop, { index: (starts[day] as number) + n, placed })
      if (facts.updated >= from && facts.updated < to) yield facts
    }
  }
}

/** The days from `first` on, and before them the one whose bad order is put right much later. */
const visited = (first: number, last: number): readonly number[] => [
  ...(badDay < first ? [badDay] : []),
  ...Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => first + n),
]

export function orderAt(
  world: World,
  shop: Shop,
  { index, placed }: { readonly index: number; readonly placed: number },
): OrderFacts {
  const of = (what: string): number => chance(world.seed, shop.number, index, what)
  const now = nowOf(world)
  const lines = linesOf(world, shop, index)
  const subtotal = lines.reduce((sum, line) => sum + line.variant.price * line.quantity - line.discount, 0)
  const discount = lines.reduce((sum, line) => sum + line.discount, 0)
  const shipping = subtotal > 10_000 ? 0 : 490
  const tax = shop.taxesIncluded
    ? Math.round(((subtotal + shipping) * shop.taxPercent) / (100 + shop.taxPercent))
    : Math.round((subtotal * shop.taxPercent) / 100)
  const total = subtotal + shipping + (shop.taxesIncluded ? 0 : tax)
  const isCancelled = of('cancelled') < 0.02
  const cancelledAt = placed + between(1, 20, of('cancelled at')) * 3_600_000
  const shippedAt = placed + days(1) + Math.floor(days(2) * of('shipped'))
  const refundAt = placed + days(3) + Math.floor(days(6) * of('refund at'))
  const cancelled = isCancelled && cancelledAt <= now ? cancelledAt : undefined
  const shipped = !isCancelled && shippedAt <= now ? shippedAt : undefined
  const amount = of('refund part') < 0.5 ? total : Math.max(1, Math.floor(total * 0.4))
  const refunded = !isCancelled && of('refund') < 0.06 && refundAt <= now ? { at: refundAt, amount } : undefined
  const bad = badOrderAt(world, shop, { index, placed })
  const updated = Math.max(placed + 60_000, cancelled ?? 0, shipped ?? 0, refunded?.at ?? 0, bad?.corrected ?? 0)
  return {
    index,
    id: shop.idBase + index,
    name: `#${1001 + index}`,
    placed,
    customer: customerOf(world, shop, index),
    test: of('test') < 0.005,
    lines,
    subtotal,
    discount,
    shipping,
    tax,
    total,
    shipped,
    cancelled,
    refunded,
    updated,
    bad,
  }
}

/** A few customers buy often, most buy seldom. */
const customerOf = (world: World, shop: Shop, index: number): number =>
  Math.floor(customersOf(world, shop) * chance(world.seed, shop.number, index, 'customer') ** 2)

function linesOf(world: World, shop: Shop, index: number): OrderFacts['lines'] {
  const variants = variantsOf(world, shop)
  const count = between(1, 4, chance(world.seed, shop.number, index, 'lines'))
  return Array.from({ length: count }, (_, n) => {
    const variant = pick(variants, chance(world.seed, shop.number, index, n, 'variant'))
    const quantity = between(1, 3, chance(world.seed, shop.number, index, n, 'quantity'))
    return {
      variant,
      quantity,
      discount: chance(world.seed, shop.number, index, n, 'discount') < 0.15 ? Math.floor(variant.price * 0.1) : 0,
    }
  })
}

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

export const customerGid = (customer: number, shop: Shop): string => gid('Customer', shop.idBase / 10 + customer)
/** The first customer of both shops is one person. */
export const emailOf = (customer: number, shop: Shop): string =>
  customer === 0 ? 'alex@example.com' : `${shop.name}${customer}@example.com`
