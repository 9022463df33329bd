/* @model
kind: table
doc: >
  One row a variant and location at which its shop stocks it: what the shop offers beside what lies on the shelf. The warehouse
  management system decides; where it knows nothing of the SKU there, its side and the gap are null.
owner: operations
risk: operational
key: [connection, variant_id, location_id]
columns:
  connection: { doc: The shop }
  product_id: { doc: The product of the variant }
  variant_id: { doc: The variant }
  sku: { doc: Its stock keeping unit; null where the shop gave it none }
  location_id: { doc: The location's id at the shop }
  location: { doc: "The location's name, by which the warehouse management system knows it" }
  shop_available: { doc: What the shop offers for sale, tests: [not_null] }
  shop_on_hand: { doc: What the shop believes to lie there, tests: [not_null] }
  wms_on_hand: { doc: What lies there }
  wms_available: { doc: What of it is not reserved }
  gap: { doc: "What lies there minus what is offered; below zero, more is offered than there is" }
  counted_at: { doc: When it was counted }
*/
with

variants as (
  select * from staging.variants
),

shop_stock as (
  select * from staging.shop_stock where is_active
),

shelf as (
  select
    shop,
    sku,
    location,
    cast(sum(on_hand) as bigint) as on_hand,
    cast(sum(available) as bigint) as available,
    min(counted_at) as counted_at
  from staging.wms_stock
  where shop is not null
  group by shop, sku, location
)

select
  variants.connection,
  variants.product_id,
  variants.variant_id,
  coalesce(variants.sku, shop_stock.sku) as sku,
  shop_stock.location_id,
  shop_stock.location,
  shop_stock.available as shop_available,
  shop_stock.on_hand as shop_on_hand,
  shelf.on_hand as wms_on_hand,
  shelf.available as wms_available,
  shelf.on_hand - shop_stock.available as gap,
  shelf.counted_at
from variants
join shop_stock
  on shop_stock.connection = variants.connection and shop_stock.inventory_item_id = variants.inventory_item_id
left join shelf
  on shelf.shop = variants.connection
  and shelf.sku = coalesce(variants.sku, shop_stock.sku)
  and shelf.location = shop_stock.location
order by variants.connection, variants.variant_id, shop_stock.location_id
