import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { orderNode } from '../../sandbox/order-node.ts'
import { type OrderFacts, orderFacts, orderOf } from '../../sandbox/orders.ts'
import type { Shop } from '../../sandbox/shops.ts'
import { days, historyStart, nowOf } from '../../sandbox/world.ts'
import { allOrders, always, bothShops, cents, list, type Node, worldOf } from './worlds.ts'

const node = (facts: OrderFacts, shop: Shop): Node => orderNode(facts, shop)

describe.each(bothShops)('the orders of $name', shop => {
  const world = worldOf(2000)
  const healthy = allOrders(world, shop).filter(({ bad }) => bad === undefined)

  it('add up: subtotal, shipping and, where it is not included, tax make the total', () => {
    for (const each of healthy) {
      const order = node(each, shop)
      const tax = shop.taxesIncluded ? 0 : cents(order.totalTaxSet)
      expect(cents(order.totalPriceSet)).toBe(cents(order.subtotalPriceSet) + cents(order.totalShippingPriceSet) + tax)
      const lines = list(order.lineItems)
      expect(cents(order.subtotalPriceSet)).toBe(lines.reduce((sum, line) => sum + cents(line.discountedTotalSet), 0))
      expect(cents(order.totalDiscountsSet)).toBe(lines.reduce((sum, line) => sum + cents(line.totalDiscountSet), 0))
    }
  })

  it('tell of a refund everywhere alike', () => {
    const refunded = healthy.filter(each => each.refunded !== undefined)
    expect(refunded.length).toBeGreaterThan(healthy.length * 0.02)
    for (const each of refunded) {
      const order = node(each, shop)
      const back = cents(order.totalRefundedSet)
      const given = list(order.transactions)
        .filter(({ kind }) => kind === 'REFUND')
        .map(({ amountSet }) => cents(amountSet))
      expect(given).toEqual([back])
      expect(cents(order.totalReceivedSet)).toBeGreaterThanOrEqual(back)
      expect(cents(order.currentTotalPriceSet)).toBe(cents(order.totalPriceSet) - back)
      expect(cents(order.netPaymentSet)).toBe(cents(order.totalReceivedSet) - back)
    }
  })

  it('change when they ship, are refunded or are cancelled, and never lie in the future', () => {
    for (const each of healthy) {
      for (const at of [each.placed, each.shipped, each.cancelled, each.refunded?.at])
        expect(each.updated).toBeGreaterThanOrEqual(at ?? 0)
      expect(each.placed).toBeLessThanOrEqual(nowOf(world))
    }
    expect(healthy.filter(({ cancelled }) => cancelled !== undefined).length).toBeGreaterThan(0)
    expect(healthy.filter(({ test }) => test).length).toBeGreaterThan(0)
  })

  it('keep what they were when a day passes, unless they changed', () => {
    const later = new Map(allOrders(worldOf(2000, 2), shop).map(each => [each.id, each]))
    for (const each of healthy) {
      const after = later.get(each.id)
      if (after?.updated === each.updated)
        expect(node(after, shop).totalRefundedSet).toEqual(node(each, shop).totalRefundedSet)
      else expect(after?.updated).toBeGreaterThan(nowOf(world) - 60_000)
    }
  })

  it('are found one by one as in their row, and no further', () => {
    const all = allOrders(world, shop).toSorted((a, b) => a.index - b.index)
    for (const index of [0, 1, 57, all.length - 1]) expect(orderOf(world, shop, index)).toEqual(all[index])
    for (const index of [-1, 0.5, all.length]) expect(orderOf(world, shop, index)).toBeUndefined()
  })
})

it('a range of updatedAt gives exactly the orders that lie in it', () => {
  const instant = fc.integer({ min: -5, max: 65 * 24 }).map(hours => historyStart + hours * 3_600_000)
  fc.assert(
    fc.property(
      instant,
      instant,
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(...bothShops),
      (from, to, day, shop) => {
        const world = worldOf(600, day)
        const ids = (range: { readonly from: number; readonly to: number }) =>
          [...orderFacts(world, shop, range)].map(({ id }) => id).toSorted()
        const expected = allOrders(world, shop).filter(({ updated }) => updated >= from && updated < to)
        expect(ids({ from, to })).toEqual(expected.map(({ id }) => id).toSorted())
      },
    ),
    { numRuns: 60 },
  )
})

it('a day of a large world is read without visiting its history', () => {
  const world = worldOf(5_000_000)
  const [shop] = bothShops
  const from = nowOf(world) - days(1)
  const some = orderFacts(world, shop as Shop, { from, to: Number.POSITIVE_INFINITY }).take(1000)
  expect([...some].length).toBe(1000)
  expect([...orderFacts(worldOf(200), shop as Shop, always)].length).toBeGreaterThan(100)
})
