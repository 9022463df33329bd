/* @model
kind: view
doc: One row a price list and variant with a fixed price in it.
key: [connection, price_list_id, variant_id]
*/
select
  _connection as connection,
  price_list_id,
  variant_id,
  price,
  compare_at_price,
  currency
from raw.storefront_price_list_price
where _deleted_at is null
