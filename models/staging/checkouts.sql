/* @model
kind: view
doc: "One row a checkout that a customer began and left, whether or not it was completed later."
key: [connection, checkout_id]
columns:
  completed_at: { doc: Null where it never was }
*/
select
  _connection as connection,
  checkout_id,
  name as checkout_name,
  customer_id,
  currency,
  subtotal,
  total_tax,
  total_discount,
  total,
  discount_codes,
  created_at,
  updated_at,
  completed_at
from raw.storefront_checkout
where _deleted_at is null
