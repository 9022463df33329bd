/* @model
kind: view
doc: "One row a shipment of an order, as the shop tells of it."
key: [connection, fulfillment_id]
columns:
  items: { doc: Units in it }
*/
select
  _connection as connection,
  fulfillment_id,
  order_id,
  status,
  delivery_status,
  items,
  created_at,
  updated_at,
  delivered_at,
  carrier,
  tracking_number
from raw.storefront_fulfillment
where _deleted_at is null
