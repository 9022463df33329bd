import type { Interval } from '../../../contracts/connection.ts'
import { gidOf } from '../../../contracts/forms.ts'
import { dayMs, earlier } from '../../../contracts/instant.ts'
import { balanceTransaction } from '../../../contracts/storefront/balance-transaction.ts'
import { payout } from '../../../contracts/storefront/payout.ts'
import { claimOf } from '../source.ts'
import type { PagedList } from './pages.ts'
import { settleMs } from './slice.ts'

const payoutClaim = claimOf(payout, {
  kind: 'ShopifyPaymentsPayout',
  fields: {
    payout_id: 'id',
    status: 'status',
    type: 'transactionType',
    issued_at: 'issuedAt',
    net: 'net.amount',
    currency: 'net.currencyCode',
    charges: 'summary.chargesGross.amount',
    charges_fee: 'summary.chargesFee.amount',
    refunds: 'summary.refundsFeeGross.amount',
    refunds_fee: 'summary.refundsFee.amount',
    adjustments: 'summary.adjustmentsGross.amount',
    adjustments_fee: 'summary.adjustmentsFee.amount',
    trace_id: 'externalTraceId',
  },
})

const transactionClaim = claimOf(balanceTransaction, {
  kind: 'ShopifyPaymentsBalanceTransaction',
  fields: {
    balance_transaction_id: 'id',
    type: 'type',
    source_type: 'sourceType',
    order_id: 'associatedOrder.id',
    transaction_id: 'sourceOrderTransactionId',
    payout_id: 'associatedPayout.id',
    payout_status: 'associatedPayout.status',
    processed_at: 'transactionDate',
    amount: 'amount.amount',
    fee: 'fee.amount',
    net: 'net.amount',
    currency: 'amount.currencyCode',
    test: 'test',
    reason: 'adjustmentReason',
  },
  forms: { transaction_id: gidOf('OrderTransaction') },
})

const account = { under: 'shopifyPaymentsAccount', overlapMs: settleMs } as const

/** By the second, as the search compares it. */
const since = (field: string, { from }: Interval, reachMs: number): string =>
  `${field}:>='${earlier(from, reachMs).slice(0, 19)}Z'`

/**
 * The payouts of a shop that is paid by Shopify. One is known by when it was issued alone: that its status changes is seen for thirty days after
 * that, and not any more where a bank sends it back later.
 */
export const payouts: PagedList = {
  ...account,
  name: 'storefront.payouts',
  root: 'payouts',
  changeSignal: 'issuedAt, and for thirty days after it',
  claims: [payoutClaim],
  select: `id status transactionType issuedAt externalTraceId net { amount currencyCode } summary {
    chargesGross { amount } chargesFee { amount } refundsFeeGross { amount } refundsFee { amount }
    adjustmentsGross { amount } adjustmentsFee { amount } }`,
  filter: interval => since('issued_at', interval, 30 * dayMs),
}

/** What moved that shop's balance. A movement never changes, but for the payout that it becomes part of: that is seen for ten days. */
export const balanceTransactions: PagedList = {
  ...account,
  name: 'storefront.balance_transactions',
  root: 'balanceTransactions',
  changeSignal: 'processedAt, and for ten days after it',
  claims: [transactionClaim],
  select: `id type sourceType sourceOrderTransactionId transactionDate test adjustmentReason
    amount { amount currencyCode } fee { amount } net { amount } associatedOrder { id } associatedPayout { id status }`,
  filter: interval => since('processed_at', interval, 10 * dayMs),
}
