/* @model
kind: view
doc: One row an invoice of the books, cancelled ones too.
key: [connection, invoice_id]
columns:
  order_uid: { doc: "The order in the shop of the same brand and region; null where there is no such shop" }
*/
with

invoices as (
  select * from raw.erp_invoice where _deleted_at is null
)

select
  invoices._connection as connection,
  shops.connection || ':' || invoices.order_id as order_uid,
  invoices.invoice_id,
  invoices.order_id as legacy_id,
  invoices.order_name,
  invoices.invoiced_at,
  invoices.currency,
  invoices.net,
  invoices.tax,
  invoices.total,
  invoices.status
from invoices
left join ops.connections as books on books.connection = invoices._connection
left join staging.shops as shops on shops.brand = books.brand and shops.region = books.region
