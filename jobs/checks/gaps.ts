import { quote } from '../../contracts/admission.ts'
import { type Check, eachOf } from './check.ts'

/** Parts of intervals that a source could not give, until they are read after all. */
export const gaps: Check = {
  name: 'gaps',
  job: 'drift',
  risk: 'financial',
  reads: ['raw.storefront_order', 'raw.storefront_customer', 'raw.storefront_product', 'raw.storefront_stock'],
  scopes: connections => eachOf(connections, 'shopify'),
  sql: ({ connection }) => `
    select id as key, 'not_read' as kind, json_object('pipeline', pipeline, 'why', why) as detail, 'a part of an interval' as expected, why as found,
      null::decimal(38,9) as at_risk, null::varchar as currency, first_seen as since
    from ops.gaps where connection = ${quote(connection)} and state = 'open'`,
  compared: ({ connection }) =>
    `select count(*) as compared from ops.loads where connection = ${quote(connection)} and state = 'applied'`,
}
