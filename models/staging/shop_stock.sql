/* @model
kind: view
doc: One row an inventory item and location, as the shop believes it.
key: [connection, stock_id]
columns:
  is_active: { doc: The item is stocked at the location }
  available: { doc: What the shop offers for sale }
*/
select
  _connection as connection,
  stock_id,
  inventory_item_id,
  sku,
  location_id,
  location,
  active as is_active,
  available,
  on_hand,
  committed,
  incoming,
  reserved,
  created_at,
  updated_at
from raw.storefront_stock
where _deleted_at is null
