/* @model
kind: view
doc: "One row a movement of a shop's balance at Shopify Payments. What leaves it is negative."
key: [connection, balance_transaction_id]
columns:
  payout_id: { doc: Null until it is part of one }
  fee: { doc: What was kept of it }
  net: { doc: What it changes the balance by }
*/
select
  _connection as connection,
  balance_transaction_id,
  type,
  source_type,
  order_id,
  transaction_id,
  payout_id,
  payout_status,
  processed_at,
  amount,
  fee,
  net,
  currency,
  test as is_test,
  reason
from raw.storefront_balance_transaction
where _deleted_at is null
