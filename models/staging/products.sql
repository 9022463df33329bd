/* @model
kind: view
doc: One row a product of a shop.
key: [connection, product_id]
*/
select
  _connection as connection,
  product_id,
  title,
  handle,
  status,
  vendor,
  product_type,
  total_inventory,
  created_at,
  updated_at,
  tags
from raw.storefront_product
where _deleted_at is null
