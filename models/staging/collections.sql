/* @model
kind: view
doc: One row a collection of a shop.
key: [connection, collection_id]
columns:
  products: { doc: How many the shop counts }
*/
select
  _connection as connection,
  collection_id,
  title,
  handle,
  sort_order,
  products,
  updated_at
from raw.storefront_collection
where _deleted_at is null
