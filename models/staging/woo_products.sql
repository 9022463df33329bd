/* @model
kind: view
doc: "One row a product of a WooCommerce shop, without its variations."
key: [connection, product_id]
columns:
  price: { doc: Null where it has none of its own }
*/
select
  _connection as connection,
  product_id,
  nullif(sku, '') as sku,
  name as title,
  type,
  status,
  created_at,
  updated_at,
  fn.try_decimal(price) as price,
  fn.try_decimal(regular_price) as regular_price,
  on_sale,
  stock
from raw.woocommerce_product
where _deleted_at is null
