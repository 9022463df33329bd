/* @model
kind: view
doc: One row a code that redeems a discount.
key: [connection, code_id]
columns:
  uses: { doc: "As the shop counts them, some time after they were used" }
*/
select
  _connection as connection,
  code_id,
  discount_id,
  code,
  uses
from raw.storefront_discount_code
where _deleted_at is null
