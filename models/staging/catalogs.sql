/* @model
kind: view
doc: "One row a catalog: what is sold to whom."
key: [connection, catalog_id]
*/
select
  _connection as connection,
  catalog_id,
  type,
  title,
  status,
  price_list_id
from raw.storefront_catalog
where _deleted_at is null
