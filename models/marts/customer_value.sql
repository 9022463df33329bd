/* @model
kind: table
doc: >
  One row a customer account of a shop: what the customer has been worth so far, and what the next year brings if nothing changes. Orders that
  were cancelled, and test orders, count nowhere; amounts are in the shop's currency. Averages and the expected value are cut, never rounded, after four places.
  The expected value is net_spent times 365, divided by the days since the first order, as of the night's end; by 90 at least, so
  that a first order is not taken for a habit. It is 0 for who has not ordered for a year, and where more went back than came in. It knows no season and no risk: it is
  a rule of thumb that anyone can compute again.
owner: marketing
tags: [customers]
risk: analytical
key: [connection, customer_id]
columns:
  connection: { doc: The shop }
  customer_id: { doc: The customer's id at the shop, tests: [{ references: marts.customers.customer_id }] }
  customer_uid: { doc: The same for one e-mail address in every shop, tests: [not_null] }
  currency: { doc: The currency of the amounts }
  orders: { doc: Orders that count, tests: [not_null] }
  gross_spent: { doc: What they were ordered for, tests: [not_null] }
  refunded: { doc: What went back of it, tests: [not_null] }
  net_spent: { doc: "What came in and stayed: the customer's value so far", tests: [not_null] }
  average_order: { doc: "What an order was for; null where there is none" }
  average_net: { doc: "What of an order came in and stayed; null where there is none" }
  first_order_at: { doc: When the first of them was made }
  last_order_at: { doc: When the last of them was made }
  days_known: { doc: Whole days from the first order to the night's end }
  days_quiet: { doc: Whole days since the last order }
  expected_value: { doc: What the next 365 days bring by the rule above, tests: [not_null, { range: [0, null] }] }
  as_of: { doc: The night's end, tests: [not_null] }
audits:
  - (orders = 0) = (average_order is null)
  - orders > 0 or expected_value = 0
*/
with

customers as (
  select
    connection,
    customer_id,
    customer_uid,
    currency,
    orders,
    total_spent,
    refunded,
    net_spent,
    first_order_at,
    last_order_at,
    fn.elapsed('day', first_order_at, $now) as days_known,
    fn.elapsed('day', last_order_at, $now) as days_quiet,
    fn.as_int(total_spent * 10000) as gross_parts,
    fn.as_int(net_spent * 10000) as net_parts
  from marts.customers
)

select
  connection,
  customer_id,
  customer_uid,
  currency,
  orders,
  total_spent as gross_spent,
  refunded,
  net_spent,
  fn.as_decimal(fn.int_div(gross_parts, orders) * 0.0001) as average_order,
  fn.as_decimal(fn.int_div(net_parts, orders) * 0.0001) as average_net,
  first_order_at,
  last_order_at,
  days_known,
  days_quiet,
  fn.as_decimal(
    case
      when orders = 0 or days_quiet > 365 or net_parts <= 0 then 0
      else fn.int_div(net_parts * 365, greatest(days_known, 90)) * 0.0001
    end
  ) as expected_value,
  $now as as_of
from customers
order by connection, customer_id
