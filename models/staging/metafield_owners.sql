/* @model
kind: view
doc: One row a record that metafields hang on.
key: [connection, owner_id]
columns:
  updated_at: { doc: The version with which they were read }
*/
select
  _connection as connection,
  owner_id,
  updated_at
from raw.storefront_metafield_owner
where _deleted_at is null
