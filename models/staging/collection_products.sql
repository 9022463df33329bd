/* @model
kind: view
doc: One row a collection and product that it holds.
key: [connection, collection_id, product_id]
*/
select
  _connection as connection,
  collection_id,
  product_id
from raw.storefront_collection_product
where _deleted_at is null
