import { currency, id, money, nullable, oneOf, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'

/** One transfer between the shop's balance at its payment provider and its bank account. It bears no instant of its last change. */
export const payout = contract('storefront.payout', {
  version: 1,
  key: ['payout_id'],
  risk: 'financial',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    payout_id: id('ShopifyPaymentsPayout'),
    status: oneOf('SCHEDULED', 'IN_TRANSIT', 'PAID', 'FAILED', 'CANCELED'),
    type: oneOf('DEPOSIT', 'WITHDRAWAL'),
    issued_at: utc(),
    net: money(),
    currency: currency(),
    charges: money(),
    charges_fee: money(),
    refunds: money(),
    refunds_fee: money(),
    adjustments: money(),
    adjustments_fee: money(),
    /** The bank's reference. */
    trace_id: nullable(text('a reference of a bank')),
  },
  rules: [],
})
