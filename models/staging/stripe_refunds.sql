/* @model
kind: view
doc: "One row a refund of a charge, in the smallest unit of its currency."
key: [connection, refund_id]
columns:
  as_of: { doc: When it was as it is told here }
*/
select
  _connection as connection,
  refund_id,
  charge_id,
  payment_intent_id,
  created_at,
  as_of,
  currency,
  amount_minor,
  status,
  reason
from raw.stripe_refund
where _deleted_at is null
