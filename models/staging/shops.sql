/* @model
kind: view
doc: One row a shop, with the brand and region by which the other systems' connections belong to it.
key: [brand, region]
columns:
  connection: { doc: The storefront connection, tests: [not_null, unique] }
  currency: { doc: The currency of all of the shop's amounts }
  time_zone: { doc: Where the shop's days begin }
*/
select
  connection,
  brand,
  region,
  currency,
  time_zone
from ops.connections
where system = 'shopify'
