import { currency, flag, id, money, nullable, oneOf, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'

/** One movement of the shop's balance at its payment provider: a charge, a refund, a fee, a payout. What leaves it is negative. */
export const balanceTransaction = contract('storefront.balance_transaction', {
  version: 1,
  key: ['balance_transaction_id'],
  risk: 'financial',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    balance_transaction_id: id('ShopifyPaymentsBalanceTransaction'),
    type: text('a type of movement such as CHARGE', '[A-Z_]+'),
    source_type: nullable(text('a type of source', '[A-Z_]+')),
    order_id: nullable(id('Order')),
    transaction_id: nullable(id('OrderTransaction')),
    /** Null until it is part of one. */
    payout_id: nullable(id('ShopifyPaymentsPayout')),
    payout_status: nullable(
      oneOf('SCHEDULED', 'IN_TRANSIT', 'PAID', 'FAILED', 'CANCELED', 'PENDING', 'ACTION_REQUIRED'),
    ),
    processed_at: utc(),
    amount: money(),
    fee: money(),
    net: money(),
    currency: currency(),
    test: flag(),
    reason: nullable(text('a reason for an adjustment')),
  },
  rules: [],
})
