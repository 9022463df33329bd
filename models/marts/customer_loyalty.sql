/* @model
kind: table
doc: >
  One row a customer account of a shop: a loyalty score from 0 to 1000 and the tier that follows from it, as of the night's end.
  The score is the sum of three parts, each of the customer's own orders in that shop alone, so that nobody's score moves because
  of others. Recency, up to 400: the last order is at most 30 days old 400, 60 days 320, 90 days 240, 180 days 140, a year 60, older 0; the
  steps keep a passing day from moving everybody. Frequency, up to 300: 30 for each order, at most ten. Monetary, up to 300: the net
  amount after refunds, counted in steps that are worth about five euros in the shop's currency; a currency without a step stops the
  build. Orders that were cancelled, and test orders, count nowhere; an account without an order has 0.
  Tiers: platinum from 800, gold from 600, silver from 350, bronze below.
owner: marketing
risk: operational
key: [connection, customer_id]
columns:
  connection: { doc: The shop }
  customer_id: { doc: The customer's id at the shop, tests: [{ references: marts.customers.customer_id }] }
  recency_days: { doc: Whole days since the last order; null where there is none }
  frequency: { doc: Orders that count, tests: [not_null] }
  monetary: { doc: "What came in and stayed, in the shop's currency", tests: [not_null] }
  loyalty_score: { doc: From 0 to 1000, tests: [not_null] }
  loyalty_tier: { doc: What follows from the score, tests: [not_null, { in: [bronze, silver, gold, platinum] }] }
  as_of: { doc: The night's end, tests: [not_null] }
audits:
  - loyalty_score between 0 and 1000
  - loyalty_tier = case when loyalty_score >= 800 then 'platinum' when loyalty_score >= 600 then 'gold' when loyalty_score >= 350 then 'silver' else 'bronze' end
*/
with

steps as (
  select * from (
    values
      ('EUR', 0.2), ('USD', 0.2), ('GBP', 0.2), ('CHF', 0.2), ('CAD', 0.125), ('AUD', 0.125), ('NZD', 0.125), ('SEK', 0.02),
      ('NOK', 0.02), ('DKK', 0.025), ('PLN', 0.05), ('CZK', 0.008), ('HUF', 0.0005), ('RON', 0.04), ('JPY', 0.00125)
  ) as listed (currency, per_unit)
),

customers as (
  select
    customers.connection,
    customers.customer_id,
    date_sub('day', customers.last_order_at, $now) as recency_days,
    customers.orders as frequency,
    customers.net_spent as monetary,
    steps.per_unit
  from marts.customers as customers
  left join steps on steps.currency = customers.currency
),

parts as (
  select
    connection,
    customer_id,
    recency_days,
    frequency,
    monetary,
    case
      when recency_days is null then 0
      when recency_days <= 30 then 400
      when recency_days <= 60 then 320
      when recency_days <= 90 then 240
      when recency_days <= 180 then 140
      when recency_days <= 365 then 60
      else 0
    end as recency_part,
    30 * least(frequency, 10) as frequency_part,
    cast(floor(case when frequency = 0 then 0 when per_unit is not null then greatest(0, least(300, monetary * per_unit)) end) as bigint) as monetary_part
  from customers
),

scored as (
  select
    *,
    cast(recency_part + frequency_part + monetary_part as bigint) as loyalty_score
  from parts
)

select
  connection,
  customer_id,
  recency_days,
  frequency,
  monetary,
  loyalty_score,
  case
    when loyalty_score >= 800 then 'platinum'
    when loyalty_score >= 600 then 'gold'
    when loyalty_score >= 350 then 'silver'
    else 'bronze'
  end as loyalty_tier,
  $now as as_of
from scored
order by connection, customer_id
