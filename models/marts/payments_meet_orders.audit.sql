select
  orders.connection,
  orders.order_id,
  orders.net,
  coalesce(sum(payments.paid), 0) as paid
from marts.orders as orders
left join marts.payments as payments
  on payments.connection = orders.connection and payments.order_id = orders.order_id
group by orders.connection, orders.order_id, orders.net
having orders.net <> coalesce(sum(payments.paid), 0)
