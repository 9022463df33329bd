import { customerGid, emailOf } from './orders.ts'
import { bag, variantsOf } from './products.ts'
import { between, chance, pick } from './random.ts'
import { gid, type Shop } from './shops.ts'
import { days, historyStart, isoOf, nowOf, type World } from './world.ts'

type Node = Readonly<Record<string, unknown>>

export const draftCount = 12
export const checkoutCount = 15
/** On the second day this draft has become an order, and this checkout has been completed. */
const finished = 3
const finishedAt = nowOf({ day: 2 }) - 4 * 3_600_000

const isFinished = ({ day }: World, index: number): boolean => index === finished && day >= 2

interface Basket {
  readonly index: number
  readonly what: 'draft' | 'checkout'
}

/** How many lines a draft or a checkout has. */
const linesOf = ({ seed }: World, shop: Shop, { index, what }: Basket): number =>
  between(1, 3, chance(seed, shop.number, index, what, 'lines'))

const lineCount = (world: World, shop: Shop, { what, of }: Pick<Basket, 'what'> & { readonly of: number }): number =>
  Array.from({ length: of }, (_, index) => linesOf(world, shop, { index, what })).reduce((sum, n) => sum + n, 0)

export const draftLineCount = (world: World, shop: Shop): number =>
  lineCount(world, shop, { what: 'draft', of: draftCount })
export const checkoutLineCount = (world: World, shop: Shop): number =>
  lineCount(world, shop, { what: 'checkout', of: checkoutCount })

/** Orders that the staff prepares, as the Admin API shows them; the last line of some is of no product. */
export function* draftOrders(world: World, shop: Shop): Generator<Node> {
  for (let index = 0; index < draftCount; index += 1) {
    const { lines, ...common } = basketOf(world, shop, { index, what: 'draft' })
    const isDone = isFinished(world, index)
    yield {
      ...common,
      __typename: 'DraftOrder',
      id: gid('DraftOrder', shop.idBase / 1000 + index),
      name: `#D${index + 1}`,
      status: isDone ? 'COMPLETED' : index % 3 === 0 ? 'INVOICE_SENT' : 'OPEN',
      email: index % 4 === 0 ? null : emailOf(index, shop),
      order: isDone ? { id: gid('Order', shop.idBase + index) } : null,
      currencyCode: shop.currency,
      totalDiscountsSet: bag(0, shop),
      totalShippingPriceSet: bag(0, shop),
      invoiceSentAt: index % 3 === 0 ? common.createdAt : null,
      tags: index % 5 === 0 ? ['trade'] : [],
      lineItems: lines.map((line, n) => {
        const custom = n > 0 && index % 2 === 0
        return {
          ...line,
          ...(custom ? { sku: null, variant: null, product: null } : {}),
          __typename: 'DraftOrderLineItem',
          id: gid('DraftOrderLineItem', shop.idBase / 100 + index * 10 + n),
          custom,
        }
      }),
    }
  }
}

/** Checkouts that customers left, as the Admin API shows them. */
export function* abandonedCheckouts(world: World, shop: Shop): Generator<Node> {
  for (let index = 0; index < checkoutCount; index += 1) {
    const { lines, ...common } = basketOf(world, shop, { index, what: 'checkout' })
    const token = Math.floor(chance(world.seed, shop.number, index, 'token') * 2 ** 32).toString(16)
    yield {
      ...common,
      __typename: 'AbandonedCheckout',
      id: gid('AbandonedCheckout', shop.idBase / 1000 + index),
      name: `#${30_000 + index}`,
      totalDiscountSet: bag(0, shop),
      discountCodes: index % 4 === 0 ? ['OFFER0-0'] : [],
      lineItems: lines.map((line, n) => ({
        ...line,
        __typename: 'AbandonedCheckoutLineItem',
        id: gid('AbandonedCheckoutLineItem', `${token}${n}?checkout=${token}&index=${n}`),
        originalTotalPriceSet: line.originalTotalSet,
        discountedTotalPriceSet: line.discountedTotalSet,
      })),
    }
  }
}

function basketOf(world: World, shop: Shop, basket: Basket) {
  const { index, what } = basket
  const created = historyStart + days(3 * index + 1)
  const isDone = isFinished(world, index)
  const taken = Array.from({ length: linesOf(world, shop, basket) }, (_, n) => ({
    variant: pick(variantsOf(world, shop), chance(world.seed, shop.number, index, n, what, 'variant')),
    quantity: between(1, 4, chance(world.seed, shop.number, index, n, what, 'quantity')),
  }))
  const subtotal = taken.reduce((sum, { variant, quantity }) => sum + variant.price * quantity, 0)
  return {
    customer: index % 4 === 0 ? null : { id: customerGid(index, shop) },
    createdAt: isoOf(created),
    updatedAt: isoOf(isDone ? finishedAt : created + 60_000),
    completedAt: isDone ? isoOf(finishedAt) : null,
    subtotalPriceSet: bag(subtotal, shop),
    totalTaxSet: bag(0, shop),
    totalPriceSet: bag(subtotal, shop),
    lines: taken.map(({ variant, quantity }) => ({
      sku: variant.sku,
      title: variant.title,
      quantity,
      variant: { id: gid('ProductVariant', variant.id) },
      product: { id: gid('Product', variant.product) },
      originalUnitPriceSet: bag(variant.price, shop),
      originalTotalSet: bag(variant.price * quantity, shop),
      discountedTotalSet: bag(variant.price * quantity, shop),
    })),
  }
}
