/* @model
kind: table
doc: >
  One row a shop, market and day of the shop's own time zone on which it sold or refunded there. The market is the country that an order is sent to;
  unknown where the order has no such address. An order counts on the day it was made, a refund on the day it was given, as in
  marts.daily_sales: the markets of a day add up to it. Cancelled and test orders count nowhere, and neither do their refunds.
owner: analytics
tags: [finance, daily]
risk: financial
key: [connection, day, market, currency]
columns:
  connection: { doc: The shop }
  day: { doc: The day by the shop's own clock }
  market: { doc: "The country that it is sent to, as two letters; or unknown" }
  currency: { doc: The currency of the amounts }
  orders: { doc: Orders made on the day, tests: [not_null] }
  units: { doc: Units of these orders, tests: [not_null] }
  gross: { doc: "What they were ordered for, before any refund", tests: [not_null] }
  refunds: { doc: "Money given back on the day, whenever it was ordered", tests: [not_null] }
  net: { doc: Gross minus refunds, tests: [not_null] }
audits:
  - orders >= 0 and units >= 0 and gross >= 0 and refunds >= 0
  - markets_add_up.audit.sql
*/
with

orders as (
  select
    orders.connection,
    orders.order_id,
    coalesce(placed.ship_country, 'unknown') as market,
    orders.ordered_at,
    orders.currency,
    orders.units,
    orders.total
  from marts.orders as orders
  join staging.orders as placed on placed.connection = orders.connection and placed.order_id = orders.order_id
  where not orders.is_cancelled
),

sold as (
  select
    connection,
    market,
    ordered_at as happened_at,
    currency,
    1 as orders,
    units,
    total as gross,
    0 as refunds
  from orders
),

refunded as (
  select
    refunds.connection,
    orders.market,
    refunds.refunded_at as happened_at,
    refunds.currency,
    0 as orders,
    0 as units,
    0 as gross,
    refunds.amount as refunds
  from staging.refunds as refunds
  join orders on orders.connection = refunds.connection and orders.order_id = refunds.order_id
),

events as (
  select * from sold
  union all
  select * from refunded
),

dated as (
  select
    events.*,
    fn.local_date(events.happened_at, shops.time_zone) as day
  from events
  left join staging.shops as shops on shops.connection = events.connection
)

select
  connection,
  day,
  market,
  currency,
  fn.as_int(sum(orders)) as orders,
  fn.as_int(sum(units)) as units,
  fn.as_decimal(sum(gross)) as gross,
  fn.as_decimal(sum(refunds)) as refunds,
  fn.as_decimal(sum(gross) - sum(refunds)) as net
from dated
group by connection, day, market, currency
order by connection, day, market, currency
