/* @model
kind: view
doc: "One row an attempt to take money, in the smallest unit of its currency."
key: [connection, charge_id]
columns:
  as_of: { doc: When it was as it is told here }
*/
select
  _connection as connection,
  charge_id,
  payment_intent_id,
  customer_id,
  created_at,
  as_of,
  currency,
  amount_minor,
  captured_minor,
  refunded_minor,
  status,
  captured as is_captured,
  refunded as is_refunded,
  disputed as is_disputed
from raw.stripe_charge
where _deleted_at is null
