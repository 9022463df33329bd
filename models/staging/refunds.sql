/* @model
kind: view
doc: One row a refund of an order, by the shop.
key: [connection, refund_id]
columns:
  refunded_at: { doc: When it was given; when it last changed where the shop does not say, tests: [not_null] }
*/
select
  _connection as connection,
  refund_id,
  order_id,
  coalesce(created_at, updated_at) as refunded_at,
  updated_at,
  amount,
  currency
from raw.storefront_refund
where _deleted_at is null
