/* @model
kind: view
doc: "One row an item of NetSuite's item list."
key: [connection, item_id]
*/
select
  _connection as connection,
  item_id,
  code,
  name as item_name,
  kind,
  upc,
  inactive as is_inactive,
  changed_at
from raw.netsuite_item
where _deleted_at is null
