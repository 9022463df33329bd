/* @model
kind: view
doc: One row a line item of an abandoned checkout.
key: [connection, checkout_id, line_id]
*/
select
  _connection as connection,
  line_id,
  checkout_id,
  sku,
  title,
  variant_id,
  product_id,
  quantity,
  total,
  discounted_total
from raw.storefront_checkout_line
where _deleted_at is null
