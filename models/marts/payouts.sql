/* @model
kind: table
doc: >
  One row a transfer between a balance at Shopify Payments or Stripe and the bank. Amounts have the sign that the provider gives them: the refunds of a payout
  are negative, and so is what Stripe takes from the bank. Beside a payout of Shopify stands what the movements of the balance come to
  that name it; they are read for ten days and say nothing of older payouts.
  Stripe tells of a payout what is transferred, and no more.
owner: finance
tags: [finance]
risk: financial
key: [connection, payout_id]
columns:
  connection: { doc: The shop or account }
  provider: { doc: Who pays, tests: [not_null, { in: [shopify, stripe] }] }
  payout_id: { doc: The payout's id at the provider }
  type: { doc: "A deposit at the bank, or a withdrawal from it", tests: [not_null, { in: [deposit, withdrawal] }] }
  status: { doc: "Where it stands: scheduled, pending, in_transit, paid, failed or canceled", tests: [not_null] }
  is_paid: { doc: It has reached the bank, tests: [not_null] }
  issued_at: { doc: When it was issued, tests: [not_null] }
  day: { doc: The day of it by the shop's own clock; in UTC for an account of Stripe }
  currency: { doc: The currency of the amounts, tests: [not_null] }
  charges: { doc: What customers paid; null where the provider does not say }
  refunds: { doc: "What went back to them, negative" }
  adjustments: { doc: Disputes and corrections }
  fees: { doc: What the provider kept of these }
  other: { doc: "The rest of the net: reserves, advances and payouts that were tried again" }
  net: { doc: What is transferred, tests: [not_null] }
  reached_bank: { doc: "The net where it is paid, else 0", tests: [not_null] }
  movements: { doc: Movements of the balance that name it; 0 where none is known, tests: [not_null] }
  movements_net: { doc: What these come to }
  trace_id: { doc: The bank's reference }
audits:
  - { sql: movements = 0 or movements_net = net, severity: warn }
*/
with

movements as (
  select
    connection,
    payout_id,
    count(*) as movements,
    sum(net) as net
  from staging.balance_transactions
  where not is_test and payout_id is not null and type not like 'TRANSFER%'
  group by connection, payout_id
),

shopify as (
  select
    payouts.connection,
    'shopify' as provider,
    payouts.payout_id,
    lower(payouts.type) as type,
    lower(payouts.status) as status,
    payouts.issued_at,
    fn.local_date(payouts.issued_at, shops.time_zone) as day,
    payouts.currency,
    payouts.charges,
    payouts.refunds,
    payouts.adjustments,
    payouts.charges_fee + payouts.refunds_fee + payouts.adjustments_fee as fees,
    payouts.net,
    payouts.trace_id
  from staging.payouts as payouts
  left join staging.shops as shops on shops.connection = payouts.connection
),

stripe as (
  select
    payouts.connection,
    'stripe' as provider,
    payouts.payout_id,
    case when payouts.amount_minor < 0 then 'withdrawal' else 'deposit' end as type,
    payouts.status,
    payouts.created_at as issued_at,
    fn.local_date(payouts.created_at, 'UTC') as day,
    payouts.currency,
    fn.as_decimal(null) as charges,
    fn.as_decimal(null) as refunds,
    fn.as_decimal(null) as adjustments,
    fn.as_decimal(null) as fees,
    fn.as_decimal(
      payouts.amount_minor * case
        when payouts.currency in (
          'BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'MGA', 'PYG', 'RWF', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'
        ) then 1
        when payouts.currency in ('BHD', 'JOD', 'KWD', 'OMR', 'TND') then 0.001
        else 0.01
      end
    ) as net,
    cast(null as varchar) as trace_id
  from staging.stripe_payouts as payouts
),

payouts as (
  select * from shopify
  union all
  select * from stripe
)

select
  payouts.connection,
  payouts.provider,
  payouts.payout_id,
  payouts.type,
  payouts.status,
  payouts.status = 'paid' as is_paid,
  payouts.issued_at,
  payouts.day,
  payouts.currency,
  payouts.charges,
  payouts.refunds,
  payouts.adjustments,
  fn.as_decimal(payouts.fees) as fees,
  fn.as_decimal(payouts.net - (payouts.charges + payouts.refunds + payouts.adjustments - payouts.fees)) as other,
  payouts.net,
  fn.as_decimal(case when payouts.status = 'paid' then payouts.net else 0 end) as reached_bank,
  coalesce(movements.movements, 0) as movements,
  fn.as_decimal(movements.net) as movements_net,
  payouts.trace_id
from payouts
left join movements on movements.connection = payouts.connection and movements.payout_id = payouts.payout_id
order by payouts.connection, payouts.payout_id
