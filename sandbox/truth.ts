import { attachedCount } from './attached.ts'
import { bookRejects, bookTruth } from './books.ts'
import { ordersOn, placedAt, plantedDrop, today, usualOrdersOn } from './calendar.ts'
import { collections, leavingProduct } from './collections.ts'
import { badCustomer, customerCount, registeredCount } from './customers.ts'
import { codeCount, discountCount } from './discounts.ts'
import { checkoutCount, checkoutLineCount, draftCount, draftLineCount } from './drafts.ts'
import { badShelf, oversold, unknownSku } from './drops.ts'
import { customerGid, isTest } from './orders.ts'
import { balanceTransactionCount, payoutCount } from './payouts.ts'
import { badOrders, brokenBy } from './planted.ts'
import {
  badLevel,
  badVariant,
  levels,
  productCount,
  products,
  repricedProduct,
  shownPrice,
  variantsOf,
} from './products.ts'
import { gid, type Shop, shopNames, shops } from './shops.ts'
import { loweredPrice, tradeCounts } from './trade.ts'
import { days, historyStart, isoOf, type World } from './world.ts'

/** What a careful reader would find by now, and nothing else. */
export interface Truth {
  readonly day: number
  readonly rejects: readonly Record<string, unknown>[]
  readonly unclaimed: readonly Record<string, unknown>[]
  readonly orphans: readonly Record<string, unknown>[]
  readonly invoices: readonly Record<string, unknown>[]
  readonly stock: readonly Record<string, unknown>[]
  readonly volume: readonly Record<string, unknown>[]
  /** Changes of the second day that move no `updatedAt` but, at most, the record's own: a price, a product that left a collection. */
  readonly quiet: readonly Record<string, unknown>[]
  readonly counts: Readonly<Record<string, number>>
}

export function truthOf(world: World): Truth {
  const all = shopNames.map(name => shops[name])
  return {
    day: world.day,
    rejects: all.flatMap(shop => rejectsOf(world, shop)),
    unclaimed: all.map(shop => ({ shop: shop.name, object: 'product', id: strayMedia(shop) })),
    orphans: all.map(shop => ({
      shop: shop.name,
      object: 'order_line',
      key: strayLine(shop),
      parent: strayParent(shop),
    })),
    invoices: all.flatMap(shop => bookTruth(world, shop)),
    stock: all.flatMap(shop => stockTruth(world, shop)),
    quiet: world.day < 2 ? [] : all.flatMap(shop => quietTruth(world, shop)),
    volume: world.day <= recentDays ? volumeTruth(world) : [],
    counts: Object.fromEntries(
      all.flatMap(shop =>
        Object.entries(countsOf(world, shop)).map(([object, count]) => [`${shop.name} ${object}`, count]),
      ),
    ),
  }
}

/** Lines that a result holds and no parent or kind explains; they belong to the 25th day of the history. */
export const strayAt = historyStart + days(25)
export const strayParent = (shop: Shop): string => gid('Order', shop.idBase - 1)
export const strayLine = (shop: Shop): string => gid('LineItem', shop.idBase * 10 - 5)
export const strayMedia = (shop: Shop): string => gid('MediaImage', shop.idBase - 7)

function rejectsOf(world: World, shop: Shop): readonly Record<string, unknown>[] {
  const storefront = (object: string, key: string, column: string, why: string): Record<string, unknown> => ({
    system: 'storefront',
    shop: shop.name,
    object,
    key,
    column,
    why,
  })
  const orders = badOrders(world, shop).map(({ id, kind }) => {
    const { object, column, why } = brokenBy[kind]
    const key =
      object === 'order'
        ? gid('Order', id)
        : object === 'order_line'
          ? gid('LineItem', id * 10)
          : gid('OrderTransaction', id * 10 + 1)
    return storefront(object, key, column, why)
  })
  const variant = variantsOf(world, shop).find(each => each.product % 1000 === badVariant)
  const level = levels(world, shop)[badLevel]
  const shelf = levels(world, shop)[badShelf]
  return [
    ...orders,
    storefront('customer', customerGid(badCustomer, shop), 'email', 'no e-mail address'),
    storefront('variant', gid('ProductVariant', variant?.id ?? 0), 'price', 'a decimal comma'),
    storefront(
      'stock',
      `${gid('InventoryLevel', (level?.location.id ?? 0) * 1_000_000 + badLevel)}?inventory_item_id=${level?.variant.item}`,
      'available',
      'a quantity in words',
    ),
    {
      system: 'wms',
      shop: shop.name,
      object: 'stock',
      key: `${shelf?.variant.sku}|${shelf?.location.name}`,
      column: 'on_hand',
      why: 'a quantity with a unit',
    },
    ...bookRejects(world, shop),
  ]
}

function stockTruth(world: World, shop: Shop): readonly Record<string, unknown>[] {
  const all = levels(world, shop)
  const short = oversold.map(index => {
    const level = all[index] as (typeof all)[number]
    return {
      shop: shop.name,
      kind: 'oversold',
      sku: level.variant.sku,
      location: level.location.name,
      storefront_available: level.available,
      wms_on_hand: level.available - 4,
      units_at_risk: 4,
    }
  })
  return [...short, { shop: shop.name, kind: 'unknown_sku', sku: unknownSku, location: shop.locations[0]?.name }]
}

function quietTruth(world: World, shop: Shop): readonly Record<string, unknown>[] {
  const repriced = variantsOf(world, shop).find(each => each.product % 1000 === repricedProduct)
  if (repriced === undefined) return []
  const price = (shownPrice(world, repriced, 0) / 100).toFixed(2)
  const last = [...collections(world, shop, [])].at(-1)
  const { list, variant, amount } = loweredPrice(world, shop)
  return [
    { shop: shop.name, object: 'price_list_price', key: list, variant, price: amount },
    { shop: shop.name, object: 'variant', key: gid('ProductVariant', repriced.id), price },
    {
      shop: shop.name,
      object: 'collection_product',
      key: last?.id,
      product: gid('Product', shop.idBase / 1000 + leavingProduct),
    },
  ]
}

/** For so many nights the day that fell is among the days that just ended. */
const recentDays = 3

/** Fewer orders are fewer invoices and payments, too. */
function volumeTruth(world: World): readonly Record<string, unknown>[] {
  const shop = shops[plantedDrop.shop]
  const day = isoOf(historyStart + days(plantedDrop.day)).slice(0, 10)
  const expected = usualOrdersOn(world, shop, plantedDrop.day)
  const actual = ordersOn(world, shop, plantedDrop.day)
  return ['order', 'invoice', 'payment'].map(object => ({ shop: shop.name, object, day, expected, actual }))
}

/** What a shop holds by now; of orders, those that were placed by the end of the last full day, and the tests among them. */
function countsOf(world: World, shop: Shop): Readonly<Record<string, number>> {
  let [orders, tests] = [0, 0]
  for (let day = 0; day < today(world); day += 1) {
    const count = ordersOn(world, shop, day)
    for (let n = 0; n < count; n += 1) {
      if (isTest(world, shop, { index: orders, placed: placedAt(world.seed, shop, { day, n, count }) })) tests += 1
      orders += 1
    }
  }
  const variants = variantsOf(world, shop)
  const held = [...collections(world, shop, [...products(world, shop)])]
  return {
    order: orders,
    test_order: tests,
    customer: customerCount(world, shop),
    product: new Set(variants.map(({ product }) => product)).size,
    variant: variants.length,
    stock: variants.length * shop.locations.length,
    metafield:
      attachedCount('Order', orders) +
      attachedCount('Customer', registeredCount(world, shop)) +
      attachedCount('Product', productCount),
    discount: discountCount,
    discount_code: codeCount(world, shop),
    draft_order: draftCount,
    draft_order_line: draftLineCount(world, shop),
    checkout: checkoutCount,
    checkout_line: checkoutLineCount(world, shop),
    ...tradeCounts(world, shop),
    payout: payoutCount(shop),
    balance_transaction: balanceTransactionCount(world, shop),
    collection: held.length,
    collection_product: held.reduce((sum, { products: each }) => sum + (each as readonly unknown[]).length, 0),
  }
}
