/* @model
kind: view
doc: "One row a refund whose lines have been read: what it says of itself beside its money."
key: [connection, refund_id]
columns:
  return_id: { doc: The return that it pays for; null where it pays for none }
*/
select
  _connection as connection,
  refund_id,
  order_id,
  return_id,
  created_at,
  processed_at,
  updated_at
from raw.storefront_refund_detail
where _deleted_at is null
