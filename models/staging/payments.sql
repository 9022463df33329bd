/* @model
kind: view
doc: One row a payment of an order, as it was settled.
key: [connection, payment_id]
columns:
  order_uid: { doc: "The order in the shop of the same brand and region; null where there is no such shop" }
  fee: { doc: What the provider kept of the amount }
*/
with

payments as (
  select * from raw.erp_payment where _deleted_at is null
)

select
  payments._connection as connection,
  shops.connection || ':' || payments.order_id as order_uid,
  payments.payment_id,
  payments.invoice_id,
  payments.order_id as legacy_id,
  payments.paid_at,
  payments.method,
  payments.currency,
  payments.amount,
  payments.fee
from payments
left join ops.connections as books on books.connection = payments._connection
left join staging.shops as shops on shops.brand = books.brand and shops.region = books.region
