/* @model
kind: table
doc: >
  One row an order that is not a test. Amounts are in the order's currency, with tax and shipping where the shop counts them in.
  Net is the money that came in and stayed: received minus refunded. It is not current_total, which already leaves out returned
  lines and would count a refund twice; an order that nobody has paid has no net yet.
owner: analytics
tags: [finance]
risk: financial
key: [connection, order_id]
columns:
  connection: { doc: The shop }
  brand: { doc: The shop's brand, tests: [not_null] }
  region: { doc: The shop's region, tests: [not_null] }
  order_uid: { doc: Names the order across systems, tests: [not_null, unique] }
  order_id: { doc: The order's id at the shop }
  order_name: { doc: "The name that the customer sees; the same name may stand in two shops" }
  customer_id: { doc: The customer's id at the shop; null for a guest }
  ordered_at: { doc: When the customer ordered, tests: [not_null] }
  shipped_at: { doc: When the first parcel left }
  cancelled_at: { doc: When the order was cancelled }
  is_cancelled: { doc: Cancelled orders are kept here and count nowhere, tests: [not_null] }
  currency: { doc: The currency of every amount but the invoice's, tests: [not_null] }
  financial_status: { doc: Where its money stands }
  fulfillment_status: { doc: Where its parcels stand }
  subtotal: { doc: "Lines after discounts, before shipping" }
  tax: { doc: Tax in all of the order }
  discount: { doc: What was taken off }
  shipping: { doc: What shipping cost the customer }
  total: { doc: What the customer ordered for }
  current_total: { doc: The same after edits and returned lines }
  received: { doc: Money that came in, tests: [not_null] }
  refunded: { doc: Money that went back, tests: [not_null] }
  net: { doc: Received minus refunded, tests: [not_null] }
  items: { doc: Line items }
  units: { doc: Units of all line items as they were ordered }
  refunds: { doc: How often money went back }
  last_refund_at: { doc: When money last went back }
  invoice_id: { doc: "The invoice of the books, several joined by a comma; null where the books have none" }
  invoice_currency: { doc: The currency of the invoice }
  invoice_total: { doc: What the books invoiced; null where their invoices of one order differ in currency }
  days_to_ship: { doc: Whole days from ordering to shipping }
audits:
  - total >= 0 and items >= 0 and units >= 0
  - days_to_ship is null or days_to_ship >= 0
*/
with

orders as (
  select * from staging.orders where not is_test
),

lines as (
  select
    connection,
    order_id,
    count(*) as items,
    cast(sum(quantity) as bigint) as units
  from staging.order_lines
  group by connection, order_id
),

refunds as (
  select
    connection,
    order_id,
    count(*) as refunds,
    max(refunded_at) as last_refund_at
  from staging.refunds
  group by connection, order_id
),

invoices as (
  select
    order_uid,
    string_agg(invoice_id, ', ' order by invoice_id) as invoice_id,
    string_agg(distinct currency, ', ' order by currency) as invoice_currency,
    case when count(distinct currency) = 1 then sum(total) end as invoice_total
  from staging.invoices
  where status <> 'cancelled' and order_uid is not null
  group by order_uid
)

select
  orders.connection,
  orders.brand,
  orders.region,
  orders.order_uid,
  orders.order_id,
  orders.order_name,
  orders.customer_id,
  orders.ordered_at,
  orders.shipped_at,
  orders.cancelled_at,
  orders.cancelled_at is not null as is_cancelled,
  orders.currency,
  orders.financial_status,
  orders.fulfillment_status,
  orders.subtotal,
  orders.total_tax as tax,
  orders.total_discount as discount,
  orders.total_shipping as shipping,
  orders.total,
  orders.current_total,
  orders.total_received as received,
  orders.total_refunded as refunded,
  orders.total_received - orders.total_refunded as net,
  coalesce(lines.items, 0) as items,
  coalesce(lines.units, 0) as units,
  coalesce(refunds.refunds, 0) as refunds,
  refunds.last_refund_at,
  invoices.invoice_id,
  invoices.invoice_currency,
  invoices.invoice_total,
  date_sub('day', orders.ordered_at, orders.shipped_at) as days_to_ship
from orders
left join lines on lines.connection = orders.connection and lines.order_id = orders.order_id
left join refunds on refunds.connection = orders.connection and refunds.order_id = orders.order_id
left join invoices on invoices.order_uid = orders.order_uid
order by orders.connection, orders.ordered_at, orders.order_id
