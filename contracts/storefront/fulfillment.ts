import { id, integer, nullable, oneOf, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { notBefore, notNegative } from '../rules.ts'

/** One shipment of an order, as the storefront tells of it. */
export const fulfillment = contract('storefront.fulfillment', {
  version: 1,
  key: ['fulfillment_id'],
  risk: 'operational',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  parent: { contract: 'storefront.order', column: 'order_id' },
  row: {
    fulfillment_id: id('Fulfillment'),
    order_id: id('Order'),
    status: oneOf('SUCCESS', 'CANCELLED', 'ERROR', 'FAILURE'),
    delivery_status: nullable(text('a delivery status')),
    items: integer(),
    created_at: utc(),
    updated_at: utc(),
    delivered_at: nullable(utc()),
    carrier: nullable(text('a carrier')),
    tracking_number: nullable(text('a tracking number')),
  },
  rules: [notBefore('updated_at', 'created_at'), notNegative('items')],
})
