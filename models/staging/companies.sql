/* @model
kind: view
doc: One row a company that buys from a shop.
key: [connection, company_id]
columns:
  external_id: { doc: "The shop's own word for it, such as its number in the ERP" }
*/
select
  _connection as connection,
  company_id,
  name as company_name,
  external_id,
  main_customer_id,
  customer_since,
  created_at,
  updated_at
from raw.storefront_company
where _deleted_at is null
