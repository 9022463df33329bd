/* @model
kind: table
doc: >
  One row an item that a shop has sold, over all time: a variant, or what a line without one was called. Amounts are the lines' own, with tax where the
  shop counts it in, and without shipping. Discounts are all that fell on the lines, those of the whole order by their share. Refunds are what the lines of refunds
  give back, not goodwill and shipping, which belong to no item. Cancelled and test orders count nowhere, and neither do their refunds.
owner: analytics
tags: [products]
risk: analytical
key: [connection, item_id, currency]
columns:
  connection: { doc: The shop }
  item_id: { doc: "The variant; for a line of none, sku: and its SKU, or title: and its title" }
  variant_id: { doc: The variant; null where the line names none }
  product_id: { doc: The product of the variant }
  sku: { doc: "Its stock keeping unit, as of the lines; the last by alphabet where it was changed" }
  title: { doc: "Its title, as of the lines; the last by alphabet where it was changed" }
  currency: { doc: The currency of the amounts, tests: [not_null] }
  orders: { doc: Orders that it is in, tests: [not_null] }
  units: { doc: Units as they were ordered, tests: [not_null] }
  kept_units: { doc: Units that were not taken back or removed since, tests: [not_null] }
  refunded_units: { doc: Units that the money was given back of, tests: [not_null] }
  gross: { doc: "What they were ordered for, before discounts", tests: [not_null] }
  discounts: { doc: What was taken off, tests: [not_null] }
  refunds: { doc: What was given back of them, tests: [not_null] }
  net: { doc: Gross minus discounts minus refunds, tests: [not_null] }
audits:
  - orders > 0 and kept_units <= units
  - discounts between 0 and gross
*/
with

discounts as (
  select
    connection,
    line_id,
    sum(amount) as amount
  from staging.line_discounts
  group by connection, line_id
),

refunds as (
  select
    connection,
    line_id,
    sum(quantity) as units,
    sum(amount) as amount
  from staging.refund_lines
  group by connection, line_id
),

lines as (
  select
    lines.connection,
    coalesce(lines.variant_id, 'sku:' || lines.sku, 'title:' || lines.title) as item_id,
    lines.variant_id,
    lines.product_id,
    lines.sku,
    lines.title,
    orders.currency,
    lines.order_id,
    lines.quantity,
    lines.current_quantity,
    coalesce(refunds.units, 0) as refunded_units,
    lines.total as gross,
    coalesce(discounts.amount, 0) as discounts,
    coalesce(refunds.amount, 0) as refunds
  from staging.order_lines as lines
  join marts.orders as orders on orders.connection = lines.connection and orders.order_id = lines.order_id
  left join discounts on discounts.connection = lines.connection and discounts.line_id = lines.line_id
  left join refunds on refunds.connection = lines.connection and refunds.line_id = lines.line_id
  where not orders.is_cancelled
)

select
  connection,
  item_id,
  max(variant_id) as variant_id,
  max(product_id) as product_id,
  max(sku) as sku,
  max(title) as title,
  currency,
  count(distinct order_id) as orders,
  fn.as_int(sum(quantity)) as units,
  fn.as_int(sum(current_quantity)) as kept_units,
  fn.as_int(sum(refunded_units)) as refunded_units,
  fn.as_decimal(sum(gross)) as gross,
  fn.as_decimal(sum(discounts)) as discounts,
  fn.as_decimal(sum(refunds)) as refunds,
  fn.as_decimal(sum(gross) - sum(discounts) - sum(refunds)) as net
from lines
group by connection, item_id, currency
order by connection, item_id, currency
