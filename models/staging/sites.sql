/* @model
kind: view
doc: One row a place from which parcels leave.
key: [connection, site_id]
*/
select
  _connection as connection,
  site_id,
  name as site_name,
  country,
  read_at
from raw.oms_site
where _deleted_at is null
