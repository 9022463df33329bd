/* @model
kind: view
doc: One row a customer account of a shop. Names, addresses and postcodes stay in raw; nothing downstream needs them.
key: [connection, customer_id]
columns:
  customer_uid: { doc: "The same for one e-mail address in every shop; for an account without one, its own", tests: [not_null] }
  email: { doc: As the account has it, personal: true }
  shop_orders: { doc: "How many orders the shop counts, by its own rules" }
  shop_amount_spent: { doc: "What the shop says was spent, by its own rules" }
*/
select
  _connection as connection,
  customer_id,
  md5(coalesce('email:' || lower(trim(email)), 'customer:' || _connection || ':' || customer_id)) as customer_uid,
  email,
  marketing_state,
  state,
  created_at,
  updated_at,
  orders as shop_orders,
  amount_spent as shop_amount_spent,
  currency,
  country,
  tags
from raw.storefront_customer
where _deleted_at is null
