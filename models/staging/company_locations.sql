/* @model
kind: view
doc: One row a place of a company that orders. Postcodes stay in raw; nothing downstream needs them.
key: [connection, company_location_id]
*/
select
  _connection as connection,
  company_location_id,
  company_id,
  name as company_location_name,
  external_id,
  currency,
  ship_country,
  created_at,
  updated_at
from raw.storefront_company_location
where _deleted_at is null
