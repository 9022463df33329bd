/* @model
kind: view
doc: "One row a discount of a shop, by code or automatic."
key: [connection, discount_id]
columns:
  uses: { doc: "As the shop counts them, some time after they were used" }
  usage_limit: { doc: Null where it may be used without end }
  codes: { doc: How many the shop counts }
*/
select
  _connection as connection,
  discount_id,
  type,
  title,
  status,
  classes,
  starts_at,
  ends_at,
  uses,
  usage_limit,
  once_per_customer as is_once_per_customer,
  codes,
  created_at,
  updated_at
from raw.storefront_discount
where _deleted_at is null
