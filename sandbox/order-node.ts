import { attachedTo } from './attached.ts'
import { customerGid, emailOf, type OrderFacts } from './orders.ts'
import { spoil } from './planted.ts'
import { bag } from './products.ts'
import { chance, pick } from './random.ts'
import { gid, type Shop } from './shops.ts'
import { isoOf } from './world.ts'

type Node = Readonly<Record<string, unknown>>
type Show = (facts: OrderFacts, shop: Shop) => unknown

const backOf = ({ refunded }: OrderFacts): number => refunded?.amount ?? 0
const receivedOf = ({ cancelled, total }: OrderFacts): number => (cancelled === undefined ? total : 0)
const instantOrNull = (at: number | undefined): string | null => (at === undefined ? null : isoOf(at))

/** What the Admin API shows of an order, field by field; lists are inlined, line items are a connection. */
const shown: Readonly<Record<string, Show>> = {
  __typename: () => 'Order',
  id: ({ id }) => gid('Order', id),
  legacyResourceId: ({ id }) => String(id),
  name: ({ name }) => name,
  number: ({ index }) => 1001 + index,
  email: ({ customer }, shop) => emailOf(customer, shop),
  createdAt: ({ placed }) => isoOf(placed),
  updatedAt: ({ updated }) => isoOf(updated),
  processedAt: ({ placed }) => isoOf(placed),
  cancelledAt: ({ cancelled }) => instantOrNull(cancelled),
  cancelReason: ({ cancelled }) => (cancelled === undefined ? null : 'CUSTOMER'),
  closedAt: () => null,
  confirmed: () => true,
  test: ({ test }) => test,
  currencyCode: (_, { currency }) => currency,
  presentmentCurrencyCode: (_, { currency }) => currency,
  displayFinancialStatus: statusOf,
  displayFulfillmentStatus: ({ shipped }) => (shipped === undefined ? 'UNFULFILLED' : 'FULFILLED'),
  tags: ({ index }) => (index % 7 === 0 ? ['gift'] : []),
  note: () => null,
  sourceName: () => 'web',
  taxesIncluded: (_, { taxesIncluded }) => taxesIncluded,
  subtotalPriceSet: ({ subtotal }, shop) => bag(subtotal, shop),
  totalPriceSet: ({ total }, shop) => bag(total, shop),
  currentTotalPriceSet: (facts, shop) => bag(facts.total - backOf(facts), shop),
  totalTaxSet: ({ tax }, shop) => bag(tax, shop),
  totalDiscountsSet: ({ discount }, shop) => bag(discount, shop),
  totalShippingPriceSet: ({ shipping }, shop) => bag(shipping, shop),
  totalRefundedSet: (facts, shop) => bag(backOf(facts), shop),
  totalReceivedSet: (facts, shop) => bag(receivedOf(facts), shop),
  netPaymentSet: (facts, shop) => bag(receivedOf(facts) - backOf(facts), shop),
  customer: ({ customer }, shop) => ({ id: customerGid(customer, shop) }),
  shippingAddress: addressOf,
  transactions: transactionsOf,
  refunds: refundsOf,
  fulfillments: fulfillmentsOf,
  metafields: ({ id, index, placed }) => attachedTo({ type: 'Order', id, index, created: placed }),
  lineItems: (facts, shop) => facts.lines.map((_, n) => lineNode(facts, shop, n)),
  shippingLines: shippingLinesOf,
  returns: returnsOf,
}

const facts = Symbol('facts')
const shop = Symbol('shop')
interface Lazy {
  readonly [facts]: OrderFacts
  readonly [shop]: Shop
}

/** Fields are made when they are asked for: most queries ask for few of them, of very many orders. */
const prototype: object = Object.defineProperties(
  {},
  Object.fromEntries(
    Object.entries(shown).map(([name, show]) => [
      name,
      {
        enumerable: true,
        get(this: Lazy) {
          return show(this[facts], this[shop])
        },
      },
    ]),
  ),
)

/** An order as the Admin API shows it. */
export function orderNode(of: OrderFacts, at: Shop): Node {
  if (of.bad !== undefined)
    return spoil(Object.fromEntries(Object.entries(shown).map(([name, show]) => [name, show(of, at)])), of.bad)
  const node = Object.create(prototype) as Node & { [facts]: OrderFacts; [shop]: Shop }
  node[facts] = of
  node[shop] = at
  return node
}

function statusOf(of: OrderFacts): string {
  if (of.cancelled !== undefined) return 'VOIDED'
  if (backOf(of) === 0) return 'PAID'
  return backOf(of) === of.total ? 'REFUNDED' : 'PARTIALLY_REFUNDED'
}

function addressOf({ index }: OrderFacts, { addresses }: Shop): Node {
  const { country, zip, city, province } = pick(addresses, chance(index, 'address'))
  return { countryCodeV2: country, zip: zip(index + 11), city, provinceCode: province }
}

function refundsOf(of: OrderFacts, at: Shop): readonly Node[] {
  if (of.refunded === undefined) return []
  const issued = isoOf(of.refunded.at)
  return [
    {
      id: gid('Refund', of.id),
      createdAt: issued,
      updatedAt: issued,
      processedAt: issued,
      note: null,
      order: { id: gid('Order', of.id) },
      return: returnsOf(of)[0] ?? null,
      totalRefundedSet: bag(of.refunded.amount, at),
      refundLineItems: refundLinesOf(of, at),
      transactions: transactionsOf(of, at).filter(({ kind }) => kind === 'REFUND'),
    },
  ]
}

/** All of it, or one piece of the first line. */
function refundLinesOf(of: OrderFacts, at: Shop): readonly Node[] {
  const { id, lines, refunded, total } = of
  const one = (n: number, quantity: number, amount: number): Node => ({
    __typename: 'RefundLineItem',
    id: gid('RefundLineItem', id * 10 + n),
    quantity,
    restockType: returnsOf(of).length > 0 ? 'RETURN' : 'NO_RESTOCK',
    subtotalSet: bag(amount, at),
    totalTaxSet: bag(0, at),
    lineItem: { id: gid('LineItem', id * 10 + n) },
  })
  if (refunded?.amount !== total) return [one(0, 1, refunded?.amount ?? 0)]
  return lines.map(({ variant, quantity, discount }, n) => one(n, quantity, variant.price * quantity - discount))
}

function fulfillmentsOf({ id, name, shipped, lines }: OrderFacts): readonly Node[] {
  if (shipped === undefined) return []
  const at = isoOf(shipped)
  return [
    {
      id: gid('Fulfillment', id),
      name: `${name}.1`,
      status: 'SUCCESS',
      displayStatus: 'FULFILLED',
      totalQuantity: lines.reduce((sum, { quantity }) => sum + quantity, 0),
      createdAt: at,
      updatedAt: at,
      deliveredAt: null,
      trackingInfo: id % 4 === 0 ? [] : [{ company: 'DHL', number: `JJD${id}` }],
    },
  ]
}

function shippingLinesOf({ id, shipping }: OrderFacts, at: Shop): readonly Node[] {
  const [price, charged] = [bag(490, at), bag(shipping, at)]
  const line = { title: 'Standard', code: 'standard', carrierIdentifier: null, isRemoved: false }
  return [{ id: gid('ShippingLine', id), ...line, originalPriceSet: price, discountedPriceSet: charged }]
}

/** Half of what is refunded in full was sent back. */
function returnsOf(of: OrderFacts): readonly Node[] {
  const { id, name, lines, refunded, total, shipped } = of
  if (refunded?.amount !== total || shipped === undefined || id % 2 === 0) return []
  return [
    {
      id: gid('Return', id),
      name: `${name}-R1`,
      status: 'CLOSED',
      createdAt: isoOf(refunded.at - 3_600_000),
      closedAt: isoOf(refunded.at),
      totalQuantity: lines.reduce((sum, { quantity }) => sum + quantity, 0),
      returnLineItems: lines.map(({ quantity }, n) => ({
        __typename: returnLineType(n),
        id: gid(returnLineType(n), id * 10 + n),
        quantity,
        refundedQuantity: quantity,
        returnReasonDefinition: n === 0 ? { id: gid('ReturnReasonDefinition', 1), handle: 'size_too_small' } : null,
        fulfillmentLineItem: {
          id: gid('FulfillmentLineItem', id * 10 + n),
          lineItem: { id: gid('LineItem', id * 10 + n) },
        },
      })),
    },
  ]
}

/** Some lines come back without anyone having said which shipment they were in. */
const returnLineType = (n: number): string => (n === 1 ? 'UnverifiedReturnLineItem' : 'ReturnLineItem')

const discountsOf = (discount: number, at: Shop): readonly Node[] =>
  discount === 0
    ? []
    : [
        {
          allocatedAmountSet: bag(discount, at),
          discountApplication: { __typename: 'DiscountCodeApplication', index: 0, code: 'WELCOME10' },
        },
      ]

function transactionsOf(of: OrderFacts, at: Shop): readonly Node[] {
  const one = (
    n: number,
    kind: string,
    { amount, when }: { readonly amount: number; readonly when: number },
  ): Node => ({
    id: gid('OrderTransaction', of.id * 10 + n),
    kind,
    status: 'SUCCESS',
    gateway: 'card',
    createdAt: isoOf(when),
    processedAt: isoOf(when),
    test: of.test,
    errorCode: null,
    amountSet: bag(amount, at),
    parentTransaction: n === 1 ? null : { id: gid('OrderTransaction', of.id * 10 + n - 1) },
  })
  const authorized = one(1, 'AUTHORIZATION', { amount: of.total, when: of.placed })
  if (of.cancelled !== undefined) return [authorized, one(2, 'VOID', { amount: of.total, when: of.cancelled })]
  const captured = one(2, 'CAPTURE', { amount: of.total, when: of.placed + 30_000 })
  if (of.refunded === undefined) return [authorized, captured]
  return [authorized, captured, one(3, 'REFUND', { amount: of.refunded.amount, when: of.refunded.at })]
}

function lineNode(of: OrderFacts, at: Shop, n: number): Node {
  const { variant, quantity, discount } = of.lines[n] as OrderFacts['lines'][number]
  return {
    __typename: 'LineItem',
    id: gid('LineItem', of.id * 10 + n),
    name: variant.title,
    title: variant.title,
    sku: variant.sku,
    quantity,
    currentQuantity: of.refunded?.amount === of.total ? 0 : quantity,
    originalUnitPriceSet: bag(variant.price, at),
    discountedUnitPriceSet: bag(variant.price - Math.floor(discount / quantity), at),
    originalTotalSet: bag(variant.price * quantity, at),
    discountedTotalSet: bag(variant.price * quantity - discount, at),
    totalDiscountSet: bag(discount, at),
    vendor: at.domain,
    variant: { id: gid('ProductVariant', variant.id) },
    product: { id: gid('Product', variant.product) },
    discountAllocations: discountsOf(discount, at),
  }
}
