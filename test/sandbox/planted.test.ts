import { describe, expect, it } from 'vitest'
import { customers } from '../../sandbox/customers.ts'
import { orderNode } from '../../sandbox/order-node.ts'
import { badKinds } from '../../sandbox/planted.ts'
import { inventoryItems, products } from '../../sandbox/products.ts'
import type { Shop } from '../../sandbox/shops.ts'
import { truthOf } from '../../sandbox/truth.ts'
import { allOrders, always, amountOf, bothShops, list, type Node, worldOf } from './worlds.ts'

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
const sku = /^[A-Z0-9]+(-[A-Z0-9]+)*$/
const money = /^\d+\.\d{1,2}$/
const zips: Readonly<Record<string, RegExp>> = {
  DE: /^\d{5}$/,
  AT: /^\d{4}$/,
  NL: /^[1-9]\d{3} [A-Z]{2}$/,
  DK: /^\d{4}$/,
  US: /^\d{5}(-\d{4})?$/,
  CA: /^[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] \d[ABCEGHJ-NPRSTV-Z]\d$/,
}

const matches = (pattern: RegExp, value: unknown): boolean => typeof value === 'string' && pattern.test(value)

/** What of an order is not as it should be: nothing, unless it was planted. */
function wrongs(order: Node): readonly string[] {
  const { countryCodeV2: country, zip } = order.shippingAddress as { countryCodeV2: string; zip: string }
  const shipped = list(order.fulfillments)[0]?.createdAt
  const found: readonly (readonly [string, boolean])[] = [
    ['processedAt', matches(instant, order.processedAt)],
    ['updatedAt', matches(instant, order.updatedAt)],
    ['currencyCode', matches(/^(EUR|USD)$/, order.currencyCode)],
    ['zip', matches(zips[country] ?? /^$/, zip)],
    ['shipped', shipped === undefined || String(shipped) > String(order.createdAt)],
    ['total', matches(money, amountOf(order.totalPriceSet))],
    [
      'current',
      Number(amountOf(order.currentTotalPriceSet)) <= Number(amountOf(order.totalPriceSet)) ||
        typeof amountOf(order.totalPriceSet) === 'number',
    ],
    ['refunded', Number(amountOf(order.totalRefundedSet)) <= Number(amountOf(order.totalReceivedSet))],
    ['sku', list(order.lineItems).every(line => matches(sku, line.sku))],
    ['kind', list(order.transactions).every(({ kind }) => matches(/^(AUTHORIZATION|CAPTURE|VOID|REFUND)$/, kind))],
  ]
  return found.filter(([, right]) => !right).map(([what]) => what)
}

describe.each([200, 300, 2000])('a world of %i orders', size => {
  it.each(bothShops)('holds every kind of bad order once in $name, and every other order is well', shop => {
    const all = allOrders(worldOf(size), shop)
    const bad = all.filter(each => each.bad !== undefined)
    expect(bad.map(each => each.bad?.kind).toSorted()).toEqual([...badKinds].toSorted())
    for (const each of all)
      expect([each.id, wrongs(orderNode(each, shop)).length]).toEqual([each.id, each.bad === undefined ? 0 : 1])
  })

  it('says in its truth what is planted in each shop, its books and its shelves', () => {
    const truth = truthOf(worldOf(size))
    for (const { name } of bothShops) {
      const mine = (of: readonly Readonly<Record<string, unknown>>[]) => of.filter(({ shop }) => shop === name)
      const objects = mine(truth.rejects).map(({ system, object }) => `${system} ${object}`)
      expect(objects.toSorted()).toEqual(
        [
          ...Array.from({ length: 8 }, () => 'storefront order'),
          ...['order_line', 'transaction', 'customer', 'variant', 'stock'].map(object => `storefront ${object}`),
          ...['erp invoice', 'erp invoice', 'erp payment', 'wms stock'],
        ].toSorted(),
      )
      expect(
        mine(truth.invoices)
          .map(({ kind }) => kind)
          .toSorted(),
      ).toEqual(['amount_differs', 'amount_differs', 'missing_in_erp', 'missing_in_erp', 'missing_in_erp'])
      expect(mine(truth.stock).map(({ kind }) => kind)).toEqual(['oversold', 'oversold', 'unknown_sku'])
      expect([mine(truth.unclaimed).length, mine(truth.orphans).length]).toEqual([1, 1])
    }
  })
})

it('the second day puts one bad order right in each shop, and brings one new', () => {
  const rejects = (day: number) => truthOf(worldOf(600, day)).rejects.filter(({ system }) => system === 'storefront')
  const keys = (day: number) => rejects(day).map(({ shop, object, key }) => `${shop} ${object} ${key}`)
  const gone = keys(1).filter(key => !keys(2).includes(key))
  const fresh = keys(2).filter(key => !keys(1).includes(key))
  // A bad order of the morning of day 1 is placed after its night: the second day is the first to show it.
  expect([gone.length, fresh.length]).toEqual([2, 2])
})

it('an order without an invoice is missed only when it is two days old', () => {
  const missing = (day: number) =>
    truthOf(worldOf(600, day)).invoices.filter(({ kind }) => kind === 'missing_in_erp').length
  expect([1, 2, 3, 4, 5].map(missing)).toEqual([6, 6, 6, 8, 10])
})

const catalogueOf = (shop: Shop) => ({
  products: [...products(worldOf(600), shop)],
  items: [...inventoryItems(worldOf(600), shop)],
  customers: [...customers(worldOf(600), shop, always)],
})

it.each(bothShops)('the catalogue of $name is well but for one price, one quantity and one customer', shop => {
  const { products: all, items, customers: people } = catalogueOf(shop)
  const variants = all.flatMap(each => list(each.variants))
  expect(variants.filter(({ price }) => !matches(money, price)).map(({ price }) => price)).toEqual(['12,50'])
  expect(variants.filter(variant => !matches(sku, variant.sku))).toEqual([])
  const quantities = items.flatMap(item => list(item.inventoryLevels)).flatMap(level => list(level.quantities))
  expect(quantities.map(({ quantity }) => quantity).filter(quantity => typeof quantity !== 'number')).toEqual(['ten'])
  const emails = people.map(({ defaultEmailAddress }) => String((defaultEmailAddress as Node).emailAddress))
  expect(emails.filter(email => !email.includes('@'))).toEqual(['not-an-address'])
  expect(new Set(emails).size).toBe(emails.length)
})
