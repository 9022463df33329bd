/* @model
kind: view
doc: One row a line item of a draft order.
key: [connection, line_id]
columns:
  is_custom: { doc: It is of no product }
*/
select
  _connection as connection,
  line_id,
  draft_order_id,
  sku,
  title,
  custom as is_custom,
  variant_id,
  product_id,
  quantity,
  unit_price,
  total,
  discounted_total
from raw.storefront_draft_order_line
where _deleted_at is null
