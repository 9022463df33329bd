import { quote } from '../../contracts/admission.ts'
import { type Check, eachOf } from './check.ts'

/**
 * Records that changed and did not say so: what is read again shows them, and mends them. What is found is the share of a week in which every
 * record of the last eight weeks is read again; it says how far the nights between can be trusted.
 */
export const silent: Check = {
  name: 'silent',
  job: 'drift',
  risk: 'financial',
  reads: ['raw.storefront_order'],
  scopes: connections => eachOf(connections, 'shopify'),
  sql: ({ connection }, now) => `
    select contract as key, 'silent_change' as kind, json_object('examples', examples) as detail, '0' as expected,
      silent || ' of ' || compared as found, null::decimal(38,9) as at_risk, null::varchar as currency, since
    from (select contract, sum(silent) as silent, sum(compared) as compared, min("at") filter (where silent > 0) as since, arg_max(examples, "at") filter (where silent > 0) as examples
      from ops.rereads where connection = ${quote(connection)} and "at" > timestamptz ${quote(now)} - interval 7 day group by contract)
    where silent > 0`,
  compared: ({ connection }) =>
    `select count(*) as compared from ops.loads where connection = ${quote(connection)} and pipeline like 'reread.%' and state = 'applied'`,
}
