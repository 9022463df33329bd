/* @model
kind: view
doc: One row a credit note of the books.
key: [connection, credit_note_id]
columns:
  order_uid: { doc: "The order in the shop of the same brand and region; null where there is no such shop" }
*/
with

refunds as (
  select * from raw.erp_refund where _deleted_at is null
)

select
  refunds._connection as connection,
  shops.connection || ':' || refunds.order_id as order_uid,
  refunds.credit_note_id,
  refunds.invoice_id,
  refunds.order_id as legacy_id,
  refunds.issued_at,
  refunds.currency,
  refunds.amount
from refunds
left join ops.connections as books on books.connection = refunds._connection
left join staging.shops as shops on shops.brand = books.brand and shops.region = books.region
