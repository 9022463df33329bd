/* @model
kind: view
doc: One row a way of delivery that an order was charged for.
key: [connection, shipping_line_id]
columns:
  is_removed: { doc: Taken off the order again }
  discounted_price: { doc: What the customer paid for it }
*/
select
  _connection as connection,
  shipping_line_id,
  order_id,
  title,
  code,
  carrier,
  removed as is_removed,
  price,
  discounted_price
from raw.storefront_shipping_line
where _deleted_at is null
