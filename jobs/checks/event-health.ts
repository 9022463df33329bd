import { quote } from '../../contracts/admission.ts'
import type { Check, Scope } from './check.ts'

/** What is judged: the events of the last day, and the changes that they should have told of; newer ones may still be on their way. */
const [dayHours, settleHours] = [26, 2]
/** An event that took longer than this was late, in minutes: Shopify delivers within seconds. */
const lateMinutes = 5
/** A spike: so large a share of a topic, and no fewer than so many. */
const [share, fewest] = [0.1, 5]

/**
 * Whether a shop's events arrive: how many came late or only after retries, by topic, and which orders changed, as the bulk extract shows
 * them, without an event. A shop that has never told of an event is not judged; one that fell silent is.
 */
export const eventHealth: Check = {
  name: 'events',
  job: 'drift',
  risk: 'operational',
  reads: ['raw.storefront_event', 'raw.storefront_order'],
  scopes: connections =>
    connections
      .filter(({ system, secrets }) => system === 'shopify' && secrets.webhook !== undefined)
      .map(({ name, timeZone }) => ({ connection: name, others: {}, timeZone })),
  sql: (scope, now) => `
    ${delivered(scope, now)}
    select topic || ' late' as key, 'late' as kind, json_object('topic', topic, 'events', events) as detail,
      'within ${lateMinutes} minutes' as expected, late || ' later' as found, null::decimal(38,9) as at_risk, null::varchar as currency, first as since
    from topics where late >= ${fewest} and late > ${share} * events
    union all
    select topic || ' retried', 'retried', json_object('topic', topic, 'events', events), 'at the first delivery', retried || ' only after retries', null, null, first
    from topics where retried >= ${fewest} and retried > ${share} * events
    union all
    select 'orders without an event', 'missing', json_object('orders', changed), changed || ' orders with an event', missed || ' without one', null, null, first
    from unheard where missed >= ${fewest} and missed > ${share} * changed`,
  compared: ({ connection }, now) => `
    select (select count(*) from raw.storefront_order where _connection = ${quote(connection)})
      + (select count(*) from raw.storefront_event where _connection = ${quote(connection)} and received_at < timestamptz ${quote(now)} + interval 1 day) as compared`,
}

const delivered = ({ connection }: Scope, now: string): string => {
  const until = `timestamptz ${quote(now)}`
  return `with
  mine as (select * from raw.storefront_event where _connection = ${quote(connection)}),
  recent as (select * from mine where received_at > ${until} - interval ${dayHours} hour),
  topics as (
    select topic, count(*) as events, min(received_at) as first, count(*) filter (attempts > 1) as retried,
      count(*) filter (received_at > emitted_at + interval ${lateMinutes} minute) as late
    from recent group by topic
  ),
  changes as (
    select o.order_id, o.updated_at, exists (select 1 from mine as e where e.subject_id = o.order_id and e.received_at >= o.updated_at - interval ${lateMinutes} minute) as heard
    from raw.storefront_order as o
    where o._connection = ${quote(connection)} and o._deleted_at is null
      and o.updated_at > ${until} - interval ${dayHours} hour and o.updated_at <= ${until} - interval ${settleHours} hour
  ),
  unheard as (
    select count(*) as changed, count(*) filter (not heard) as missed, min(updated_at) filter (not heard) as first
    from changes where exists (select 1 from mine where received_at <= ${until})
  )`
}
