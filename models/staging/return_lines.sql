/* @model
kind: view
doc: One row a line of a return.
key: [connection, return_line_id]
columns:
  line_id: { doc: "The order's line; null where nobody said which" }
  quantity: { doc: Units that are to come back }
  refunded_quantity: { doc: Units of them that were refunded }
*/
select
  _connection as connection,
  return_line_id,
  return_id,
  line_id,
  quantity,
  refunded_quantity,
  reason
from raw.storefront_return_line
where _deleted_at is null
