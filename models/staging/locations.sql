/* @model
kind: view
doc: One row a place of a shop where stock is kept or orders are fulfilled.
key: [connection, location_id]
columns:
  is_fulfillment_service: { doc: Another company keeps the stock }
*/
select
  _connection as connection,
  location_id,
  name as location,
  active as is_active,
  fulfills_online as is_fulfilling_online,
  ships as is_shipping,
  fulfillment_service as is_fulfillment_service,
  country,
  city,
  created_at,
  updated_at
from raw.storefront_location
where _deleted_at is null
