/* @model
kind: view
doc: One row a line item of an order and discount that fell on it.
key: [connection, line_id, discount_index]
columns:
  discount_index: { doc: "Its place among the discounts of the order, from 0" }
  amount: { doc: What it took off the line }
*/
select
  _connection as connection,
  line_id,
  discount_index,
  kind,
  code,
  title,
  amount
from raw.storefront_line_discount
where _deleted_at is null
