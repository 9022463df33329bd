/* @model
kind: view
doc: One row a movement of money of an order, as the payment provider answered it.
key: [connection, transaction_id]
*/
select
  _connection as connection,
  transaction_id,
  order_id,
  parent_transaction_id,
  kind,
  status,
  gateway,
  created_at,
  processed_at,
  test as is_test,
  amount,
  currency
from raw.storefront_transaction
where _deleted_at is null
