/* @model
kind: view
doc: "One row an invoice of NetSuite's books, voided ones too."
key: [connection, invoice_id]
columns:
  unpaid: { doc: What is left to pay of the total }
  order_reference: { doc: "The customer's order number" }
*/
select
  _connection as connection,
  invoice_id,
  number as invoice_number,
  invoiced_on,
  changed_at,
  customer_id,
  order_reference,
  currency,
  total,
  unpaid,
  status,
  voided as is_voided
from raw.netsuite_invoice
where _deleted_at is null
