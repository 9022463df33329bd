/* @model
kind: view
doc: "One row a return: goods of an order that are to come back."
key: [connection, return_id]
columns:
  items: { doc: Units that are to come back }
*/
select
  _connection as connection,
  return_id,
  order_id,
  name as return_name,
  status,
  created_at,
  closed_at,
  items
from raw.storefront_return
where _deleted_at is null
