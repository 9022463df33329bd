/* @model
kind: view
doc: "One row a parcel that left, as the order management system knows it."
key: [connection, shipment_id]
columns:
  legacy_id: { doc: "The digits of the order's id" }
  cost: { doc: What it costs the shop }
*/
select
  _connection as connection,
  shipment_id,
  order_id as legacy_id,
  carrier,
  status,
  parcels,
  cost,
  currency,
  country,
  insured as is_insured,
  skus,
  shipped_at,
  updated_at
from raw.oms_shipment
where _deleted_at is null
