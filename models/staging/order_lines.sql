/* @model
kind: view
doc: One row a line item of an order.
key: [connection, line_id]
columns:
  quantity: { doc: Units as they were ordered }
  current_quantity: { doc: Units that were not taken back or removed since }
*/
select
  _connection as connection,
  line_id,
  order_id,
  sku,
  title,
  variant_id,
  product_id,
  quantity,
  current_quantity,
  unit_price,
  total,
  discounted_total
from raw.storefront_order_line
where _deleted_at is null
