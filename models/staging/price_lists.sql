/* @model
kind: view
doc: One row a price list of a shop.
key: [connection, price_list_id]
columns:
  adjustment: { doc: In percent of the usual price }
  fixed_prices: { doc: How many the shop counts }
*/
select
  _connection as connection,
  price_list_id,
  name as price_list_name,
  currency,
  catalog_id,
  adjustment_type,
  adjustment,
  fixed_prices
from raw.storefront_price_list
where _deleted_at is null
