/* @model
kind: table
doc: >
  One row a discount that was given: by its code, or by its title where it needs none. Amounts are what was taken off lines of orders, of discounts on
  the whole order too; what was taken off shipping is not told by any line. Cancelled and test orders count nowhere.
owner: marketing
tags: [discounts]
risk: analytical
key: [connection, kind, name, currency]
columns:
  connection: { doc: The shop }
  kind: { doc: "How it was applied: by code, automatic, by hand or by a script" }
  name: { doc: "The code; the title of one without; (none) where it has neither" }
  code: { doc: The code that the customer gave; null where there was none }
  discount_id: { doc: The discount that the code redeems now; null where the shop knows no such code }
  title: { doc: "Its title, as of that discount" }
  status: { doc: Where it stands now }
  currency: { doc: The currency of the amounts, tests: [not_null] }
  orders: { doc: Orders that it was given on, tests: [not_null, { range: [1, null] }] }
  customers: { doc: Customers who had it; guests are not told apart and not counted, tests: [not_null] }
  lines: { doc: Lines that it was given on, tests: [not_null] }
  gross: { doc: What these lines were ordered for before any discount, tests: [not_null] }
  amount: { doc: What it took off, tests: [not_null, { range: [0, null] }] }
  first_given_at: { doc: When it was first given, tests: [not_null] }
  last_given_at: { doc: When it was last given, tests: [not_null] }
audits:
  - lines >= orders
*/
with

given as (
  select
    discounts.connection,
    discounts.kind,
    coalesce(discounts.code, discounts.title, '(none)') as name,
    discounts.code,
    orders.currency,
    orders.order_id,
    orders.customer_id,
    orders.ordered_at,
    discounts.line_id,
    lines.total as line_total,
    sum(discounts.amount) as amount
  from staging.line_discounts as discounts
  join staging.order_lines as lines
    on lines.connection = discounts.connection and lines.line_id = discounts.line_id
  join marts.orders as orders on orders.connection = lines.connection and orders.order_id = lines.order_id
  where not orders.is_cancelled
  group by
    discounts.connection,
    discounts.kind,
    coalesce(discounts.code, discounts.title, '(none)'),
    discounts.code,
    orders.currency,
    orders.order_id,
    orders.customer_id,
    orders.ordered_at,
    discounts.line_id,
    lines.total
),

codes as (
  select
    connection,
    upper(code) as code,
    max(discount_id) as discount_id
  from staging.discount_codes
  group by connection, upper(code)
),

summed as (
  select
    connection,
    kind,
    name,
    max(code) as code,
    currency,
    count(distinct order_id) as orders,
    count(distinct customer_id) as customers,
    count(*) as lines,
    sum(line_total) as gross,
    sum(amount) as amount,
    min(ordered_at) as first_given_at,
    max(ordered_at) as last_given_at
  from given
  group by connection, kind, name, currency
)

select
  summed.connection,
  summed.kind,
  summed.name,
  summed.code,
  codes.discount_id,
  discounts.title,
  discounts.status,
  summed.currency,
  summed.orders,
  summed.customers,
  summed.lines,
  fn.as_decimal(summed.gross) as gross,
  fn.as_decimal(summed.amount) as amount,
  summed.first_given_at,
  summed.last_given_at
from summed
left join codes on codes.connection = summed.connection and codes.code = upper(summed.code)
left join staging.discounts as discounts
  on discounts.connection = codes.connection and discounts.discount_id = codes.discount_id
order by summed.connection, summed.kind, summed.name, summed.currency
