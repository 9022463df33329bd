/* @model
kind: view
doc: One row an account of a WooCommerce shop.
key: [connection, customer_id]
columns:
  email: { doc: As the account has it, personal: true }
*/
select
  _connection as connection,
  customer_id,
  nullif(email, '') as email,
  role,
  created_at,
  updated_at,
  has_paid,
  nullif(country, '') as country
from raw.woocommerce_customer
where _deleted_at is null
