import { country, currency, id, nullable, personal, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { matchesBy, notBefore, postcodes } from '../rules.ts'

/** One place of a company that orders and is delivered to. */
export const companyLocation = contract('storefront.company_location', {
  version: 1,
  key: ['company_location_id'],
  risk: 'operational',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  parent: { contract: 'storefront.company', column: 'company_id' },
  row: {
    company_location_id: id('CompanyLocation'),
    company_id: id('Company'),
    name: text('a name of a location'),
    external_id: nullable(text('an id of another system')),
    currency: currency(),
    ship_country: nullable(country()),
    ship_postcode: nullable(personal(text('a postcode', '[0-9A-Za-z -]{2,12}'))),
    created_at: utc(),
    updated_at: utc(),
  },
  rules: [notBefore('updated_at', 'created_at'), matchesBy('ship_postcode', 'ship_country', postcodes)],
})
