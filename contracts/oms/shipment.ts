import { country, currency, flag, integer, list, money, nullable, oneOf, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { notBefore, notNegative } from '../rules.ts'

/** One parcel that left, as the order management system knows it. */
export const shipment = contract('oms.shipment', {
  version: 1,
  key: ['shipment_id'],
  changed: 'updated_at',
  risk: 'operational',
  authority: 'oms',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    shipment_id: text('the number of a shipment', '[1-9][0-9]{0,18}'),
    order_id: text('the digits of an order’s id', '[1-9][0-9]{0,18}'),
    carrier: nullable(text('a carrier')),
    status: oneOf('packed', 'shipped', 'delivered', 'returned'),
    parcels: integer(),
    cost: money(),
    currency: currency(),
    country: nullable(country()),
    insured: flag(),
    skus: list(),
    shipped_at: nullable(utc()),
    updated_at: utc(),
  },
  rules: [notNegative('cost'), notBefore('updated_at', 'shipped_at')],
})
