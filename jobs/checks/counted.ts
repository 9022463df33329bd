import { quote } from '../../contracts/admission.ts'
import type { Contract } from '../../contracts/contract.ts'
import { collection } from '../../contracts/storefront/collection.ts'
import { collectionProduct } from '../../contracts/storefront/collection-product.ts'
import { discount } from '../../contracts/storefront/discount.ts'
import { discountCode } from '../../contracts/storefront/discount-code.ts'
import { rawName, rawRelation } from '../../models/warehouse/raw.ts'
import { type Check, eachOf } from './check.ts'

interface Counted {
  readonly parent: Contract
  /** The column in which the shop says how many children there are. */
  readonly count: string
  readonly child: Contract
}

/**
 * Records below which fewer stand than the shop counts: the list of what is below was cut somewhere. More than counted is none: from ten
 * thousand on Shopify says only that there are at least so many.
 */
const countedOf = ({ parent, count, child }: Counted): Check => {
  const [key = ''] = parent.key
  return {
    name: `counted ${child.name}`,
    job: 'drift',
    risk: child.risk,
    reads: [parent, child].map(rawName),
    scopes: connections => eachOf(connections, 'shopify'),
    sql: ({ connection }) => `
      select p.${key} as key, 'fewer_than_counted' as kind, json_object('contract', ${quote(child.name)}) as detail,
        p.${count}::varchar as expected, count(c.${key})::varchar as found, null::decimal(38,9) as at_risk, null::varchar as currency, max(p._extracted_at) as since
      from ${rawRelation(parent)} as p left join ${rawRelation(child)} as c
        on c._connection = p._connection and c.${key} = p.${key} and c._deleted_at is null
      where p._connection = ${quote(connection)} and p._deleted_at is null and p.${count} is not null
      group by p.${key}, p.${count} having count(c.${key}) < p.${count}`,
    compared: ({ connection }) =>
      `select count(*) as compared from ${rawRelation(parent)} where _connection = ${quote(connection)}`,
  }
}

export const countedProducts = countedOf({ parent: collection, count: 'products', child: collectionProduct })

/** For a catalogue that reads the discounts of its shops. */
export const countedCodes = countedOf({ parent: discount, count: 'codes', child: discountCode })
