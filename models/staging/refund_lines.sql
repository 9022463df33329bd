/* @model
kind: view
doc: One row a line of a refund.
key: [connection, refund_line_id]
columns:
  quantity: { doc: Units that it gives the money back of }
  restock: { doc: Whether they went back to the shelf }
  amount: { doc: "What it gives back for them, without tax that comes on top" }
  tax: { doc: Tax of it }
*/
select
  _connection as connection,
  refund_line_id,
  refund_id,
  line_id,
  quantity,
  restock,
  amount,
  tax
from raw.storefront_refund_line
where _deleted_at is null
