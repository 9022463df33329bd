import { quote } from '../../contracts/admission.ts'
import { brandPairs } from './brand-pairs.ts'
import type { Check, Scope } from './check.ts'

/** How long an order may wait for its invoice before it is missing. */
const graceHours = 48

/**
 * Every order of a shop has its invoice in the books, over the same amount, to the last digit. The books are the authority on what was
 * invoiced, the shop on what was ordered; what disagrees is money at risk. An order or invoice that waits in the rejects is not
 * reported twice, and a young order is still on its way.
 */
export const invoices: Check = {
  name: 'invoices',
  job: 'reconcile',
  risk: 'financial',
  reads: ['raw.storefront_order', 'raw.erp_invoice'],
  scopes: connections => brandPairs(connections, 'erp'),
  sql: (scope, now) => `with ${sides(scope)}
    select coalesce(name, order_name, legacy_id) as key, kind, json_object('order_id', legacy_id, 'invoice', invoice_id, 'ordered_at', ordered_at) as detail,
      shop_total::varchar as expected, book_total::varchar as found, at_risk, currency, ordered_at as since
    from (
      select coalesce(s.legacy_id, b.legacy_id) as legacy_id, s.name, b.order_name, b.invoice_id, s.total as shop_total, b.total as book_total,
        coalesce(s.currency, b.currency) as currency, coalesce(s.ordered_at, b.invoiced_at) as ordered_at,
        abs(coalesce(s.total, 0) - coalesce(b.total, 0)) as at_risk,
        case
          when b.legacy_id is null and s.ordered_at >= timestamptz ${quote(now)} - interval ${graceHours} hours then null
          when b.legacy_id is null then 'missing_in_erp'
          when s.legacy_id is null then 'missing_in_storefront'
          when s.currency <> b.currency then 'currency_differs'
          when s.total <> b.total then 'amount_differs'
        end as kind
      from shop as s full outer join books as b on s.legacy_id = b.legacy_id
      where coalesce(s.legacy_id, '') not in (select legacy_id from waiting_invoices)
        and coalesce(b.legacy_id, '') not in (select legacy_id from waiting_orders)
        and not coalesce(s.test, false)
    )
    where kind is not null`,
  compared: scope =>
    `with ${sides(scope)} select count(*) as compared from shop join books on shop.legacy_id = books.legacy_id`,
}

const sides = ({ connection, others }: Scope): string => `
  shop as (
    select legacy_id, name, ordered_at, currency, total, test from raw.storefront_order
    where _connection = ${quote(connection)} and _deleted_at is null
  ),
  books as (
    select order_id as legacy_id, min(order_name) as order_name, string_agg(invoice_id, ', ' order by invoice_id) as invoice_id,
      min(currency) as currency, sum(total) as total, min(invoiced_at) as invoiced_at
    from raw.erp_invoice where _connection = ${quote(others.erp ?? '')} and _deleted_at is null and status <> 'cancelled'
    group by order_id
  ),
  waiting_orders as (
    select regexp_extract(record, '[0-9]+$') as legacy_id from ops.rejects
    where connection = ${quote(connection)} and contract = 'storefront.order' and state = 'open' and record is not null
  ),
  waiting_invoices as (
    select json_extract_string(raw, '$.order_id') as legacy_id from ops.rejects
    where connection = ${quote(others.erp ?? '')} and contract = 'erp.invoice' and state = 'open' and json_extract_string(raw, '$.order_id') is not null
  )`
