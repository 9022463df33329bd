with

markets as (
  select
    connection,
    day,
    currency,
    sum(orders) as orders,
    sum(units) as units,
    sum(gross) as gross,
    sum(refunds) as refunds
  from marts.daily_sales_by_market
  group by connection, day, currency
)

select
  coalesce(days.connection, markets.connection) as connection,
  coalesce(days.day, markets.day) as day,
  coalesce(days.currency, markets.currency) as currency,
  days.net as net_of_the_day,
  markets.gross - markets.refunds as net_of_its_markets
from marts.daily_sales as days
full join markets
  on markets.connection = days.connection and markets.day = days.day and markets.currency = days.currency
where days.orders is distinct from markets.orders
  or days.units is distinct from markets.units
  or days.gross is distinct from markets.gross
  or days.refunds is distinct from markets.refunds
