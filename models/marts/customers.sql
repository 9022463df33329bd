/* @model
kind: table
doc: >
  One row a customer account of a shop, also one that never ordered. Cancelled and test orders count nowhere. Amounts are in the
  shop's currency; net_spent is what came in and stayed, so a refund lowers it whenever it is given.
owner: analytics
key: [connection, customer_id]
columns:
  connection: { doc: The shop }
  customer_id: { doc: The customer's id at the shop }
  customer_uid: { doc: The same for one e-mail address in every shop, tests: [not_null] }
  seen_in_shops: { doc: In how many shops the same e-mail address has an account, tests: [not_null] }
  created_at: { doc: When the account was made }
  country: { doc: The country of the account's address }
  currency: { doc: The currency of the amounts }
  orders: { doc: Orders that count, tests: [not_null] }
  first_order_at: { doc: When the first of them was made }
  last_order_at: { doc: When the last of them was made }
  total_spent: { doc: What they were ordered for }
  refunded: { doc: What went back of it }
  net_spent: { doc: Received minus refunded, tests: [not_null] }
audits:
  - orders >= 0 and seen_in_shops >= 1
  - (orders = 0) = (first_order_at is null)
*/
with

customers as (
  select * from staging.customers
),

orders as (
  select
    connection,
    customer_id,
    count(*) as orders,
    min(ordered_at) as first_order_at,
    max(ordered_at) as last_order_at,
    sum(total) as total_spent,
    sum(refunded) as refunded,
    sum(net) as net_spent
  from marts.orders
  where not is_cancelled and customer_id is not null
  group by connection, customer_id
),

people as (
  select
    customer_uid,
    count(distinct connection) as seen_in_shops
  from staging.customers
  group by customer_uid
)

select
  customers.connection,
  customers.customer_id,
  customers.customer_uid,
  people.seen_in_shops,
  customers.created_at,
  customers.country,
  customers.currency,
  coalesce(orders.orders, 0) as orders,
  orders.first_order_at,
  orders.last_order_at,
  coalesce(orders.total_spent, 0) as total_spent,
  coalesce(orders.refunded, 0) as refunded,
  coalesce(orders.net_spent, 0) as net_spent
from customers
join people on people.customer_uid = customers.customer_uid
left join orders on orders.connection = customers.connection and orders.customer_id = customers.customer_id
order by customers.connection, customers.customer_id
