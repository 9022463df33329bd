/* @model
kind: view
doc: One row a product of the PIM.
key: [connection, product_id]
*/
select
  _connection as connection,
  product_id,
  sku,
  family,
  parent,
  categories,
  enabled as is_enabled,
  created_at,
  updated_at
from raw.akeneo_product
where _deleted_at is null
