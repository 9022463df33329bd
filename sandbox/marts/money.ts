import { balanceTransactions, payouts } from '../payouts.ts'
import { gid, type Shop } from '../shops.ts'
import type { World } from '../world.ts'
import { allShops, amount, backByLine, instant, localDay, type MartRow, type Sale, sum, wholeDays } from './ledger.ts'
import { booksOf } from './sales.ts'

type Node = Readonly<Record<string, unknown>>
interface Money {
  readonly amount: string
}

const centsOf = (money: unknown): number => Math.round(Number((money as Money).amount) * 100)
const movementsOf = (world: World): readonly Node[] => allShops.flatMap(shop => [...balanceTransactions(world, shop)])

export function paymentRows(world: World, sales: readonly Sale[]): readonly MartRow[] {
  const books = booksOf(world)
  const balance = new Map(movementsOf(world).map(node => [Number(node.sourceOrderTransactionId), node]))
  return sales
    .filter(({ facts }) => facts.cancelled === undefined)
    .flatMap(sale => {
      const { id, placed, total, refunded } = sale.facts
      const booked = books.get(id)
      const held = booked !== undefined && booked.planted !== 'bad_currency'
      const came = {
        ...movement(sale, { n: 2, kind: 'CAPTURE', at: placed + 30_000 }),
        ...settled(balance.get(id * 10 + 2)),
        amount: amount(total),
        paid: amount(total),
        books_payment_id: held ? `PAY-${id}` : null,
        books_amount: held ? amount(total) : null,
        books_fee: held ? amount(Math.round(total * 0.014)) : null,
      }
      if (refunded === undefined) return [came]
      const back = {
        ...movement(sale, { n: 3, kind: 'REFUND', at: refunded.at }),
        ...settled(undefined),
        amount: amount(refunded.amount),
        paid: amount(-refunded.amount),
        books_payment_id: null,
        books_amount: null,
        books_fee: null,
      }
      return [came, back]
    })
}

const movement = (
  { shop, facts, order }: Sale,
  { n, kind, at }: { readonly n: number; readonly kind: string; readonly at: number },
): MartRow => ({
  connection: shop.name,
  transaction_id: gid('OrderTransaction', facts.id * 10 + n),
  order_id: order,
  order_uid: `${shop.name}:${facts.id}`,
  is_cancelled: false,
  kind,
  gateway: 'card',
  paid_at: instant(at),
  day: localDay(at, shop),
  currency: shop.currency,
})

const settled = (node: Node | undefined): MartRow =>
  node === undefined
    ? { fee: null, settled: null, payout_id: null }
    : {
        fee: amount(centsOf(node.fee)),
        settled: amount(centsOf(node.net)),
        payout_id: (node.associatedPayout as { readonly id: string }).id,
      }

export function payoutRows(world: World): readonly MartRow[] {
  const movements = Map.groupBy(
    movementsOf(world),
    ({ associatedPayout }) => (associatedPayout as { readonly id: string }).id,
  )
  return allShops.flatMap(shop =>
    [...payouts(world, shop)].map(node => payoutRow(shop, node, movements.get(String(node.id)) ?? [])),
  )
}

/** Its amounts are what its movements come to, whatever it says of itself. */
function payoutRow(shop: Shop, node: Node, movements: readonly Node[]): MartRow {
  const issued = Date.parse(String(node.issuedAt))
  const net = sum(movements, each => centsOf(each.amount) - centsOf(each.fee))
  const isPaid = node.status === 'PAID'
  return {
    connection: shop.name,
    provider: 'shopify',
    payout_id: String(node.id),
    type: 'deposit',
    status: isPaid ? 'paid' : 'scheduled',
    is_paid: isPaid,
    issued_at: instant(issued),
    day: localDay(issued, shop),
    currency: shop.currency,
    charges: amount(sum(movements, each => centsOf(each.amount))),
    refunds: amount(0),
    adjustments: amount(0),
    fees: amount(sum(movements, each => centsOf(each.fee))),
    other: amount(0),
    net: amount(net),
    reached_bank: amount(isPaid ? net : 0),
    movements: movements.length,
    movements_net: amount(net),
    trace_id: node.externalTraceId === null ? null : String(node.externalTraceId),
  }
}

export const refundRows = (sales: readonly Sale[]): readonly MartRow[] =>
  sales.flatMap(sale => {
    const { shop, facts, order, customer, returned } = sale
    if (facts.refunded === undefined) return []
    const lines = backByLine(sale)
    const goods = sum(lines, each => each.amount)
    const units = sum(lines, each => each.units)
    const { at, amount: cents } = facts.refunded
    return [
      {
        connection: shop.name,
        case_id: gid('Refund', facts.id),
        kind: returned === undefined ? 'refund' : 'refund of a return',
        refund_id: gid('Refund', facts.id),
        return_id: returned === undefined ? null : gid('Return', facts.id),
        order_id: order,
        order_uid: `${shop.name}:${facts.id}`,
        order_name: facts.name,
        customer_id: customer,
        is_cancelled: facts.cancelled !== undefined,
        ordered_at: instant(facts.placed),
        returned_at: returned === undefined ? null : instant(at - 3_600_000),
        return_status: returned === undefined ? null : 'CLOSED',
        reasons: returned === undefined ? null : 'size_too_small',
        refunded_at: instant(at),
        day: localDay(at, shop),
        days_after_order: wholeDays(facts.placed, at),
        currency: shop.currency,
        amount: amount(cents),
        goods_amount: amount(goods),
        other_amount: amount(cents - goods),
        units,
        restocked_units: returned === undefined ? 0 : units,
      },
    ]
  })
