/* @model
kind: view
doc: One row an order of a shop, test orders and cancelled ones too, as it stands now.
key: [connection, order_id]
columns:
  order_uid: { doc: Names the order across systems (connection and the digits of its id), tests: [not_null, unique] }
  legacy_id: { doc: "The digits of the order's id, by which the books know it" }
  is_test: { doc: No money ever moved, tests: [not_null] }
*/
with

orders as (
  select * from raw.storefront_order where _deleted_at is null
)

select
  orders._connection as connection,
  orders._connection || ':' || orders.legacy_id as order_uid,
  orders.order_id,
  orders.legacy_id,
  orders.name as order_name,
  orders.customer_id,
  connections.brand,
  connections.region,
  orders.created_at,
  orders.updated_at,
  orders.ordered_at,
  orders.shipped_at,
  orders.cancelled_at,
  orders.test as is_test,
  orders.currency,
  orders.financial_status,
  orders.fulfillment_status,
  orders.subtotal,
  orders.total_tax,
  orders.total_discount,
  orders.total_shipping,
  orders.total,
  orders.current_total,
  orders.total_received,
  orders.total_refunded,
  orders.ship_country,
  orders.tags
from orders
left join ops.connections as connections on connections.connection = orders._connection
