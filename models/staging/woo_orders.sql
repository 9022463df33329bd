/* @model
kind: view
doc: One row an order of a WooCommerce shop.
key: [connection, order_id]
columns:
  customer_id: { doc: Null for a guest }
*/
select
  _connection as connection,
  order_id,
  number as order_name,
  status,
  created_at,
  updated_at,
  paid_at,
  nullif(customer_id, 0) as customer_id,
  currency,
  prices_include_tax,
  total,
  total_tax,
  discount,
  shipping,
  nullif(payment_method, '') as payment_method,
  nullif(country, '') as country
from raw.woocommerce_order
where _deleted_at is null
