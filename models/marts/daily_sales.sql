/* @model
kind: table
doc: >
  One row a shop and day of its own time zone on which it sold or refunded. An order counts on the day it was made, a refund on the day
  it was given, so that a past day never changes by a later refund and a day of refunds alone has a net below zero. Cancelled and test
  orders count nowhere, and neither do their refunds.
owner: analytics
tags: [finance, daily]
risk: financial
key: [connection, day, currency]
columns:
  connection: { doc: The shop }
  day: { doc: The day by the shop's own clock }
  currency: { doc: The currency of the amounts }
  orders: { doc: Orders made on the day, tests: [not_null] }
  units: { doc: Units of these orders, tests: [not_null] }
  gross: { doc: "What they were ordered for, before any refund", tests: [not_null] }
  refunds: { doc: "Money given back on the day, whenever it was ordered", tests: [not_null] }
  net: { doc: Gross minus refunds, tests: [not_null] }
audits:
  - orders >= 0 and units >= 0 and gross >= 0 and refunds >= 0
*/
with

orders as (
  select * from marts.orders where not is_cancelled
),

sold as (
  select
    connection,
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
    cast(timezone(shops.time_zone, events.happened_at) as date) as day
  from events
  left join staging.shops as shops on shops.connection = events.connection
)

select
  connection,
  day,
  currency,
  cast(sum(orders) as bigint) as orders,
  cast(sum(units) as bigint) as units,
  sum(gross) as gross,
  sum(refunds) as refunds,
  sum(gross) - sum(refunds) as net
from dated
group by connection, day, currency
order by connection, day, currency
