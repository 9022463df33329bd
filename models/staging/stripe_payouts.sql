/* @model
kind: view
doc: "One row a transfer to the bank, in the smallest unit of its currency; negative where the bank is debited."
key: [connection, payout_id]
columns:
  as_of: { doc: When it was as it is told here }
*/
select
  _connection as connection,
  payout_id,
  created_at,
  as_of,
  arrives_at,
  currency,
  amount_minor,
  status,
  automatic as is_automatic
from raw.stripe_payout
where _deleted_at is null
