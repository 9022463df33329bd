/* @model
kind: table
doc: >
  One row a refund, and one a return that no refund has paid for yet. Refunds of cancelled orders are here, too, and say so; those of test orders are not. The
  difference between what went back and what the refund's lines come to is shipping, tax on top, or goodwill.
owner: operations
tags: [finance]
risk: operational
key: [connection, case_id]
columns:
  connection: { doc: The shop }
  case_id: { doc: "The refund; where there is none, the return" }
  kind: { doc: "A refund alone, one that pays for a return, or a return alone", tests: [not_null, { in: [refund, refund of a return, return] }] }
  refund_id: { doc: The refund; null where there is none yet }
  return_id: { doc: The return; null where no goods were to come back }
  order_id: { doc: The order's id at the shop, tests: [not_null] }
  order_uid: { doc: Names the order across systems, tests: [not_null] }
  order_name: { doc: The name that the customer sees }
  customer_id: { doc: The customer's id at the shop; null for a guest }
  is_cancelled: { doc: The order was cancelled, tests: [not_null] }
  ordered_at: { doc: When the customer ordered, tests: [not_null] }
  returned_at: { doc: When the return was opened }
  return_status: { doc: Where the return stands }
  reasons: { doc: "Why goods came back, several joined by a comma" }
  refunded_at: { doc: When the money was given back }
  day: { doc: "The day of it by the shop's own clock; of the return where there is none" }
  days_after_order: { doc: Whole days from ordering to it }
  currency: { doc: The currency of the amounts, tests: [not_null] }
  amount: { doc: Money that went back; 0 where there is no refund, tests: [not_null, { range: [0, null] }] }
  goods_amount: { doc: What the lines of the refund come to, tests: [not_null] }
  other_amount: { doc: "The rest: shipping, tax on top or goodwill; below 0 where less went back than the goods come to", tests: [not_null] }
  units: { doc: "Units of the refund's lines; of the return's where there is no refund", tests: [not_null] }
  restocked_units: { doc: Units of them that went back to the shelf, tests: [not_null] }
audits:
  - refund_id is not null or return_id is not null
  - restocked_units <= units
*/
with

lines as (
  select
    connection,
    refund_id,
    sum(quantity) as units,
    sum(case when restock <> 'NO_RESTOCK' then quantity else 0 end) as restocked_units,
    sum(amount) as amount
  from staging.refund_lines
  group by connection, refund_id
),

returned as (
  select
    connection,
    return_id,
    sum(quantity) as units,
    fn.list_texts(reason, ', ') as reasons
  from staging.return_lines
  group by connection, return_id
),

refunds as (
  select
    refunds.connection,
    refunds.refund_id as case_id,
    case when details.return_id is null then 'refund' else 'refund of a return' end as kind,
    refunds.refund_id,
    details.return_id,
    refunds.order_id,
    refunds.refunded_at,
    refunds.currency,
    refunds.amount,
    coalesce(lines.amount, 0) as goods_amount,
    coalesce(lines.units, 0) as units,
    coalesce(lines.restocked_units, 0) as restocked_units
  from staging.refunds as refunds
  left join staging.refund_details as details
    on details.connection = refunds.connection and details.refund_id = refunds.refund_id
  left join lines on lines.connection = refunds.connection and lines.refund_id = refunds.refund_id
),

unpaid as (
  select
    returns.connection,
    returns.return_id as case_id,
    'return' as kind,
    cast(null as varchar) as refund_id,
    returns.return_id,
    returns.order_id,
    cast(null as timestamptz) as refunded_at,
    cast(null as varchar) as currency,
    0 as amount,
    0 as goods_amount,
    coalesce(returned.units, returns.items) as units,
    0 as restocked_units
  from staging.returns as returns
  left join returned on returned.connection = returns.connection and returned.return_id = returns.return_id
  left join refunds on refunds.connection = returns.connection and refunds.return_id = returns.return_id
  where refunds.refund_id is null
),

cases as (
  select * from refunds
  union all
  select * from unpaid
)

select
  cases.connection,
  cases.case_id,
  cases.kind,
  cases.refund_id,
  cases.return_id,
  cases.order_id,
  orders.order_uid,
  orders.order_name,
  orders.customer_id,
  orders.is_cancelled,
  orders.ordered_at,
  returns.created_at as returned_at,
  returns.status as return_status,
  returned.reasons,
  cases.refunded_at,
  fn.local_date(coalesce(cases.refunded_at, returns.created_at), shops.time_zone) as day,
  fn.elapsed('day', orders.ordered_at, coalesce(cases.refunded_at, returns.created_at)) as days_after_order,
  coalesce(cases.currency, orders.currency) as currency,
  fn.as_decimal(cases.amount) as amount,
  fn.as_decimal(cases.goods_amount) as goods_amount,
  fn.as_decimal(cases.amount - cases.goods_amount) as other_amount,
  fn.as_int(cases.units) as units,
  fn.as_int(cases.restocked_units) as restocked_units
from cases
join marts.orders as orders on orders.connection = cases.connection and orders.order_id = cases.order_id
left join staging.shops as shops on shops.connection = cases.connection
left join staging.returns as returns on returns.connection = cases.connection and returns.return_id = cases.return_id
left join returned on returned.connection = cases.connection and returned.return_id = cases.return_id
order by cases.connection, cases.case_id
