/* @model
kind: view
doc: "One row an inventory item: the stockable side of a variant."
key: [connection, inventory_item_id]
columns:
  is_tracked: { doc: The shop counts it }
  unit_cost: { doc: What one of it costs the shop }
*/
select
  _connection as connection,
  inventory_item_id,
  sku,
  tracked as is_tracked,
  requires_shipping,
  unit_cost,
  cost_currency,
  origin,
  created_at,
  updated_at
from raw.storefront_inventory_item
where _deleted_at is null
