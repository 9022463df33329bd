import { quote } from '../../contracts/admission.ts'
import { brandPairs } from './brand-pairs.ts'
import type { Check, Scope } from './check.ts'

/**
 * A shop offers no more of an SKU at a location than lies on the shelf there. The warehouse management system is the authority;
 * what is offered above it can be sold and not shipped, at the price it sells for.
 */
export const shelfStock: Check = {
  name: 'shelf-stock',
  job: 'reconcile',
  risk: 'operational',
  reads: ['raw.storefront_stock', 'raw.storefront_variant', 'raw.wms_stock'],
  scopes: connections => brandPairs(connections, 'wms'),
  sql: scope => `with ${sides(scope)}
    select sku || ' @ ' || location as key, kind, json_object('sku', sku, 'location', location, 'units', units) as detail,
      on_hand::varchar as expected, available::varchar as found, (units * price)::decimal(38,9) as at_risk, case when price is not null then currency end as currency, since
    from (
      select coalesce(s.sku, w.sku) as sku, coalesce(s.location, w.location) as location, s.available, w.on_hand,
        greatest(s.available - w.on_hand, 0) as units, p.price, c.currency, coalesce(w.counted_at, s.updated_at) as since,
        case
          when s.sku is null and w.sku not in (select sku from known) then 'unknown_sku'
          when s.sku is null then null
          when w.sku is null then 'missing_in_wms'
          when s.available > w.on_hand then 'oversold'
        end as kind
      from shop as s full outer join shelf as w on s.sku = w.sku and s.location = w.location
      left join price as p on p.sku = s.sku
      cross join (select currency from ops.connections where connection = ${quote(scope.connection)}) as c
      where coalesce(s.sku, '') || '|' || coalesce(s.location, '') not in (select record from waiting)
    )
    where kind is not null`,
  compared: scope =>
    `with ${sides(scope)} select count(*) as compared from shop join shelf on shop.sku = shelf.sku and shop.location = shelf.location`,
}

const sides = ({ connection, others }: Scope): string => `
  shop as (
    select sku, location, sum(available) as available, max(updated_at) as updated_at from raw.storefront_stock
    where _connection = ${quote(connection)} and _deleted_at is null and active and sku is not null
    group by sku, location
  ),
  shelf as (
    select sku, location, on_hand, counted_at from raw.wms_stock
    where _connection = ${quote(others.wms ?? '')} and _deleted_at is null
  ),
  price as (
    select sku, max(price) as price from raw.storefront_variant
    where _connection = ${quote(connection)} and _deleted_at is null and sku is not null
    group by sku
  ),
  known as (
    select sku from raw.storefront_inventory_item where _connection = ${quote(connection)} and sku is not null
  ),
  waiting as (
    select record from ops.rejects
    where connection = ${quote(others.wms ?? '')} and contract = 'wms.stock' and state = 'open' and record is not null
  )`
