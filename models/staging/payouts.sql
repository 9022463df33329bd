/* @model
kind: view
doc: "One row a transfer between a shop's balance at Shopify Payments and its bank account."
key: [connection, payout_id]
columns:
  net: { doc: What is transferred }
  refunds: { doc: "What left for refunds, negative" }
  trace_id: { doc: "The bank's reference" }
*/
select
  _connection as connection,
  payout_id,
  status,
  type,
  issued_at,
  net,
  currency,
  charges,
  charges_fee,
  refunds,
  refunds_fee,
  adjustments,
  adjustments_fee,
  trace_id
from raw.storefront_payout
where _deleted_at is null
