/* @model
kind: table
doc: >
  One row a movement of money of an order that went through: a sale or capture came in, a refund or change went back. Authorizations, voids, what failed and
  tests are not here. Beside each stands what Shopify Payments kept of it and the payout that it is part of, where it went that way; and
  what the books say of the order's payment, where they hold exactly one for exactly one that came in.
owner: finance
tags: [finance]
risk: financial
key: [connection, transaction_id]
columns:
  connection: { doc: The shop }
  transaction_id: { doc: The movement's id at the shop }
  order_id: { doc: The order's id at the shop, tests: [not_null] }
  order_uid: { doc: Names the order across systems, tests: [not_null] }
  is_cancelled: { doc: The order was cancelled, tests: [not_null] }
  kind: { doc: What moved it, tests: [not_null, { in: [SALE, CAPTURE, REFUND, CHANGE] }] }
  gateway: { doc: Who moved it }
  paid_at: { doc: When it moved, tests: [not_null] }
  day: { doc: The day of it by the shop's own clock }
  currency: { doc: The currency of the amounts, tests: [not_null] }
  amount: { doc: "What moved, never negative", tests: [not_null, { range: [0, null] }] }
  paid: { doc: "The same, negative where it went back", tests: [not_null] }
  fee: { doc: "What Shopify Payments kept of it; null where it went another way, or is not told yet" }
  settled: { doc: What it changed the balance at Shopify Payments by }
  payout_id: { doc: The payout that it is part of; null until it is }
  books_payment_id: { doc: The payment of the books }
  books_amount: { doc: What the books say came in }
  books_fee: { doc: What the books say the provider kept }
audits:
  - { sql: payments_meet_orders.audit.sql, severity: warn }
*/
with

movements as (
  select * from staging.transactions
  where not is_test and status = 'SUCCESS' and kind in ('SALE', 'CAPTURE', 'REFUND', 'CHANGE')
),

balance as (
  select
    connection,
    transaction_id,
    sum(fee) as fee,
    sum(net) as settled,
    max(payout_id) as payout_id
  from staging.balance_transactions
  where not is_test and transaction_id is not null
  group by connection, transaction_id
),

came_in as (
  select
    connection,
    order_id,
    count(*) as payments
  from movements
  where kind in ('SALE', 'CAPTURE')
  group by connection, order_id
),

booked as (
  select
    order_uid,
    count(*) as payments,
    max(payment_id) as payment_id,
    sum(amount) as amount,
    sum(fee) as fee
  from staging.payments
  where order_uid is not null
  group by order_uid
)

select
  movements.connection,
  movements.transaction_id,
  movements.order_id,
  orders.order_uid,
  orders.is_cancelled,
  movements.kind,
  movements.gateway,
  coalesce(movements.processed_at, movements.created_at) as paid_at,
  fn.local_date(coalesce(movements.processed_at, movements.created_at), shops.time_zone) as day,
  movements.currency,
  movements.amount,
  fn.as_decimal(case when movements.kind in ('REFUND', 'CHANGE') then -movements.amount else movements.amount end) as paid,
  fn.as_decimal(balance.fee) as fee,
  fn.as_decimal(balance.settled) as settled,
  balance.payout_id,
  booked.payment_id as books_payment_id,
  fn.as_decimal(booked.amount) as books_amount,
  fn.as_decimal(booked.fee) as books_fee
from movements
join marts.orders as orders on orders.connection = movements.connection and orders.order_id = movements.order_id
left join staging.shops as shops on shops.connection = movements.connection
left join balance
  on balance.connection = movements.connection and balance.transaction_id = movements.transaction_id
left join came_in
  on came_in.connection = movements.connection
  and came_in.order_id = movements.order_id
  and came_in.payments = 1
  and movements.kind in ('SALE', 'CAPTURE')
left join booked on booked.order_uid = orders.order_uid and booked.payments = 1 and came_in.payments = 1
order by movements.connection, movements.transaction_id
