/* @model
kind: view
doc: "One row a variant of a product: what is sold and stocked."
key: [connection, variant_id]
*/
select
  _connection as connection,
  variant_id,
  product_id,
  inventory_item_id,
  sku,
  barcode,
  price,
  compare_at_price,
  position,
  created_at,
  updated_at
from raw.storefront_variant
where _deleted_at is null
