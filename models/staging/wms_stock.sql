/* @model
kind: view
doc: One row an SKU and location, as it was counted on the shelf.
key: [connection, sku, location]
columns:
  shop: { doc: "The storefront connection of the same brand and region; null where there is no such shop" }
*/
with

stock as (
  select * from raw.wms_stock where _deleted_at is null
)

select
  stock._connection as connection,
  shops.connection as shop,
  stock.sku,
  stock.location,
  stock.on_hand,
  stock.reserved,
  stock.available,
  stock.counted_at
from stock
left join ops.connections as houses on houses.connection = stock._connection
left join staging.shops as shops on shops.brand = houses.brand and shops.region = houses.region
