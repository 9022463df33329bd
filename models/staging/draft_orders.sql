/* @model
kind: view
doc: "One row an order that the shop's staff prepares."
key: [connection, draft_order_id]
columns:
  order_id: { doc: The order that it has become }
*/
select
  _connection as connection,
  draft_order_id,
  name as draft_order_name,
  status,
  customer_id,
  order_id,
  currency,
  subtotal,
  total_tax,
  total_discount,
  total_shipping,
  total,
  created_at,
  updated_at,
  invoice_sent_at,
  completed_at,
  tags
from raw.storefront_draft_order
where _deleted_at is null
