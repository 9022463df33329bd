/* @model
kind: view
doc: One row a record that a shop said is gone for good.
key: [connection, event_id, subject_id]
*/
select
  _connection as connection,
  event_id,
  subject_id,
  subject_type,
  action,
  deleted_at
from raw.storefront_deletion
where _deleted_at is null
