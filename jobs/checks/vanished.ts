import { quote } from '../../contracts/admission.ts'
import type { Contract } from '../../contracts/contract.ts'
import { customer } from '../../contracts/storefront/customer.ts'
import { order } from '../../contracts/storefront/order.ts'
import { product } from '../../contracts/storefront/product.ts'
import { rawName, rawRelation } from '../../models/warehouse/raw.ts'
import { type Check, eachOf } from './check.ts'

/** A record that is gone, and of which no event told: somebody deleted it in a way that nobody hears of, or lost the right to see it. */
const vanishedOf = (contract: Contract): Check => ({
  name: `vanished ${contract.name}`,
  job: 'drift',
  risk: contract.risk,
  reads: [rawName(contract)],
  scopes: connections => eachOf(connections, 'shopify'),
  sql: ({ connection }) => `
    select ${contract.key[0]} as key, 'without_event' as kind, json_object('contract', ${quote(contract.name)}) as detail,
      'an event that tells of it' as expected, 'none' as found, null::decimal(38,9) as at_risk, null::varchar as currency, _deleted_at as since
    from ${rawRelation(contract)} where _connection = ${quote(connection)} and _deleted_by = 'sweep'`,
  compared: ({ connection }) =>
    `select count(*) as compared from ${rawRelation(contract)} where _connection = ${quote(connection)}`,
})

/** Of what is found gone, the records that have a word of their own; children go with their parents. */
export const vanished: readonly Check[] = [order, customer, product].map(vanishedOf)
