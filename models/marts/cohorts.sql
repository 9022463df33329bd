/* @model
kind: table
doc: >
  One row a cohort of customers and month since it began: who first ordered in the same month by the shop's own clock, how many of them
  ordered again in each later month, and what it brought. Each cohort has a row for every month in which the shop sold anything, also one in which none of them
  came back. Orders of guests, cancelled and test orders count nowhere. Net is what came in and stayed of the month's orders, so a later refund lowers the
  month of the order.
owner: marketing
tags: [customers]
risk: analytical
key: [connection, currency, cohort, months_since]
columns:
  connection: { doc: The shop }
  currency: { doc: The currency of the amounts }
  cohort: { doc: The first day of the month of the first order }
  months_since: { doc: "Months since then; 0 is the cohort's own", tests: [not_null, { range: [0, null] }] }
  month: { doc: The first day of the month that the row tells of, tests: [not_null] }
  customers: { doc: How many the cohort has, tests: [not_null, { range: [1, null] }] }
  retained: { doc: How many of them ordered in the month, tests: [not_null] }
  orders: { doc: Their orders of the month, tests: [not_null] }
  gross: { doc: What these were ordered for, tests: [not_null] }
  net: { doc: What of it came in and stayed, tests: [not_null] }
  net_so_far: { doc: The same of the cohort since it began, tests: [not_null] }
audits:
  - retained <= customers and retained <= orders
  - months_since > 0 or retained = customers
*/
with

orders as (
  select
    orders.connection,
    orders.currency,
    orders.customer_id,
    fn.date_trunc('month', fn.local_date(orders.ordered_at, shops.time_zone)) as month,
    orders.total,
    orders.net
  from marts.orders as orders
  join staging.shops as shops on shops.connection = orders.connection
  where not orders.is_cancelled and orders.customer_id is not null
),

members as (
  select
    connection,
    currency,
    customer_id,
    min(month) as cohort
  from orders
  group by connection, currency, customer_id
),

cohorts as (
  select
    connection,
    currency,
    cohort,
    count(*) as customers
  from members
  group by connection, currency, cohort
),

months as (
  select distinct
    connection,
    currency,
    month
  from orders
),

sold as (
  select
    orders.connection,
    orders.currency,
    members.cohort,
    orders.month,
    count(distinct orders.customer_id) as retained,
    count(*) as orders,
    sum(orders.total) as gross,
    sum(orders.net) as net
  from orders
  join members
    on members.connection = orders.connection
    and members.currency = orders.currency
    and members.customer_id = orders.customer_id
  group by orders.connection, orders.currency, members.cohort, orders.month
)

select
  cohorts.connection,
  cohorts.currency,
  cohorts.cohort,
  fn.date_diff('month', cohorts.cohort, months.month) as months_since,
  months.month,
  cohorts.customers,
  coalesce(sold.retained, 0) as retained,
  coalesce(sold.orders, 0) as orders,
  fn.as_decimal(coalesce(sold.gross, 0)) as gross,
  fn.as_decimal(coalesce(sold.net, 0)) as net,
  fn.as_decimal(sum(coalesce(sold.net, 0)) over (
    partition by cohorts.connection, cohorts.currency, cohorts.cohort
    order by months.month
    rows between unbounded preceding and current row
  )) as net_so_far
from cohorts
join months
  on months.connection = cohorts.connection and months.currency = cohorts.currency and months.month >= cohorts.cohort
left join sold
  on sold.connection = cohorts.connection
  and sold.currency = cohorts.currency
  and sold.cohort = cohorts.cohort
  and sold.month = months.month
order by cohorts.connection, cohorts.currency, cohorts.cohort, months.month
