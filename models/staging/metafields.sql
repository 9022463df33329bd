/* @model
kind: view
doc: "One row a metafield of an order, a customer or a product."
key: [connection, metafield_id]
columns:
  value: { doc: "As text, in the form of its type", personal: true }
*/
select
  _connection as connection,
  metafield_id,
  owner_id,
  namespace,
  key,
  type,
  value,
  created_at,
  updated_at
from raw.storefront_metafield
where _deleted_at is null
