import { country, flag, id, nullable, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { notBefore } from '../rules.ts'

/** One place of the shop where stock is kept or orders are fulfilled, active or not. */
export const location = contract('storefront.location', {
  version: 1,
  key: ['location_id'],
  changed: 'updated_at',
  risk: 'operational',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    location_id: id('Location'),
    name: text('a location name'),
    active: flag(),
    fulfills_online: flag(),
    ships: flag(),
    /** True where another company keeps the stock. */
    fulfillment_service: flag(),
    country: nullable(country()),
    city: nullable(text('a city')),
    created_at: utc(),
    updated_at: utc(),
  },
  rules: [notBefore('updated_at', 'created_at')],
})
