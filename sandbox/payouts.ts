import { orderFacts } from './orders.ts'
import { money } from './products.ts'
import { gid, type Shop } from './shops.ts'
import { days, historyDays, historyStart, isoOf, type World } from './world.ts'

type Node = Readonly<Record<string, unknown>>

/** Only the northern shop is paid by Shopify itself. */
export const hasPayments = (shop: Shop): boolean => shop.name === 'north'

const weeks = Math.floor(historyDays / 7)
/** So many orders of a week's first day are what its payout pays: enough to read, few enough to count. */
const chargesOf = 3

interface Charge {
  readonly week: number
  readonly n: number
  readonly order: number
  readonly placed: number
  readonly amount: number
  readonly fee: number
}

const known = new Map<string, readonly Charge[]>()

function charges(world: World, shop: Shop): readonly Charge[] {
  const key = `${world.seed} ${world.orders} ${shop.name}`
  const found = known.get(key)
  if (found !== undefined) return found
  const all: Charge[] = []
  const counts = new Map<number, number>()
  for (const { id, placed, total } of orderFacts({ ...world, day: 1 }, shop, { from: -Infinity, to: Infinity })) {
    const week = Math.floor((placed - historyStart) / days(7))
    const n = counts.get(week) ?? 0
    counts.set(week, n + 1)
    if (week < weeks && n < chargesOf)
      all.push({ week, n, order: id, placed, amount: total, fee: Math.round(total * 0.02) })
  }
  known.set(key, all)
  return all
}

const issued = (week: number): number => historyStart + days(7 * (week + 1))
const idOf = (shop: Shop, n: number): number => shop.idBase / 1000 + n

/** The last payout is on its way until the second day; nothing but its status says that it has arrived. */
const statusOf = ({ day }: World, week: number): string => (week === weeks - 1 && day < 2 ? 'SCHEDULED' : 'PAID')

/** A payout for each full week of the history, as the Admin API shows it. */
export function* payouts(world: World, shop: Shop): Generator<Node> {
  if (!hasPayments(shop)) return
  for (let week = 0; week < weeks; week += 1) {
    const paid = charges(world, shop).filter(charge => charge.week === week)
    const sum = (of: (charge: Charge) => number): number => paid.reduce((total, charge) => total + of(charge), 0)
    const none = money(0, shop)
    yield {
      __typename: 'ShopifyPaymentsPayout',
      id: gid('ShopifyPaymentsPayout', idOf(shop, week)),
      status: statusOf(world, week),
      transactionType: 'DEPOSIT',
      issuedAt: isoOf(issued(week)),
      externalTraceId: week % 2 === 0 ? `TRACE${week}` : null,
      net: money(
        sum(({ amount, fee }) => amount - fee),
        shop,
      ),
      summary: {
        chargesGross: money(
          sum(({ amount }) => amount),
          shop,
        ),
        chargesFee: money(
          sum(({ fee }) => fee),
          shop,
        ),
        refundsFeeGross: none,
        refundsFee: none,
        adjustmentsGross: none,
        adjustmentsFee: none,
      },
    }
  }
}

/** The charges that the payouts pay, as the Admin API shows them. */
export function* balanceTransactions(world: World, shop: Shop): Generator<Node> {
  if (!hasPayments(shop)) return
  for (const { week, n, order, placed, amount, fee } of charges(world, shop))
    yield {
      __typename: 'ShopifyPaymentsBalanceTransaction',
      id: gid('ShopifyPaymentsBalanceTransaction', idOf(shop, week * 10 + n)),
      type: 'CHARGE',
      sourceType: 'CHARGE',
      sourceOrderTransactionId: order * 10 + 2,
      transactionDate: isoOf(placed + 30_000),
      test: false,
      adjustmentReason: null,
      amount: money(amount, shop),
      fee: money(fee, shop),
      net: money(amount - fee, shop),
      associatedOrder: { id: gid('Order', order) },
      associatedPayout: { id: gid('ShopifyPaymentsPayout', idOf(shop, week)), status: statusOf(world, week) },
    }
}

export const payoutCount = (shop: Shop): number => (hasPayments(shop) ? weeks : 0)
export const balanceTransactionCount = (world: World, shop: Shop): number =>
  hasPayments(shop) ? charges(world, shop).length : 0
