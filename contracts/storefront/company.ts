import { id, nullable, text, utc } from '../columns.ts'
import { contract } from '../contract.ts'
import { notBefore } from '../rules.ts'

/** One company that buys from the shop. */
export const company = contract('storefront.company', {
  version: 1,
  key: ['company_id'],
  changed: 'updated_at',
  risk: 'operational',
  authority: 'storefront',
  rejectLimit: { share: 0.01, atLeast: 20 },
  row: {
    company_id: id('Company'),
    name: text('a name of a company'),
    /** The shop's own word for it, such as its number in the ERP. */
    external_id: nullable(text('an id of another system')),
    main_customer_id: nullable(id('Customer')),
    customer_since: utc(),
    created_at: utc(),
    updated_at: utc(),
  },
  rules: [notBefore('updated_at', 'created_at')],
})
