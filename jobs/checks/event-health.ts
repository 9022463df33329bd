import { quote } from '../../contracts/admission.ts'
import type { Contract } from '../../contracts/contract.ts'
import { customer } from '../../contracts/storefront/customer.ts'
import { order } from '../../contracts/storefront/order.ts'
import { product } from '../../contracts/storefront/product.ts'
import { rawName, rawRelation } from '../../models/warehouse/raw.ts'
import { type Check, eachOf, type Scope } from './check.ts'

/** What is judged: the events of the last day, and the changes that they should have told of; newer ones may still be on their way. */
const [dayHours, settleHours] = [26, 2]
/** An event that took longer than this was late, in minutes: Shopify delivers within seconds. */
const lateMinutes = 5
/** A spike shows in the minutes in which it happens, and drowns in a day. */
const windowMinutes = 15
/** A spike: so large a share of a topic, and no fewer than so many. */
const [share, fewest] = [0.1, 5]

interface Told {
  readonly contract: Contract
  /** As global ids write it. */
  readonly type: string
  readonly plural: string
}

/** Of whose changes the bulk extract knows, too. */
const toldOf: readonly Told[] = [
  { contract: order, type: 'Order', plural: 'orders' },
  { contract: customer, type: 'Customer', plural: 'customers' },
  { contract: product, type: 'Product', plural: 'products' },
]

/**
 * Whether a shop's events arrive: how many came late or only after retries, by topic and quarter of an hour, and which records changed, as
 * the bulk extract shows them, without an event. A kind of record of which no event has ever told is not judged; one that fell silent is.
 */
export const eventHealth: Check = {
  name: 'events',
  job: 'drift',
  risk: 'operational',
  reads: ['raw.storefront_event', ...toldOf.map(({ contract }) => rawName(contract))],
  scopes: connections =>
    eachOf(
      connections.filter(({ secrets }) => secrets.webhook !== undefined),
      'shopify',
    ),
  sql: (scope, now) =>
    [
      spikes(scope, now, {
        kind: 'late',
        is: `received_at > emitted_at + interval ${lateMinutes} minute`,
        expected: `within ${lateMinutes} minutes`,
        found: 'later',
      }),
      spikes(scope, now, {
        kind: 'retried',
        is: 'attempts > 1',
        expected: 'at the first delivery',
        found: 'only after retries',
      }),
      ...toldOf.map(told => missing(scope, now, told)),
    ].join('\nunion all\n'),
  compared: ({ connection }, now) => `
    select (select count(*) from raw.storefront_order where _connection = ${quote(connection)})
      + (select count(*) from raw.storefront_event where _connection = ${quote(connection)} and received_at < timestamptz ${quote(now)} + interval 1 day) as compared`,
}

interface Spike {
  readonly kind: string
  /** A predicate over an event. */
  readonly is: string
  readonly expected: string
  readonly found: string
}

const spikes = ({ connection }: Scope, now: string, { kind, is, expected, found }: Spike): string => `
  select topic || ' ${kind}' as key, '${kind}' as kind, json_object('topic', topic, 'events', sum(events)) as detail,
    '${expected}' as expected, sum(hit) || ' of ' || sum(events) || ' ${found}' as found, null::decimal(38,9) as at_risk, null::varchar as currency, min(began) as since
  from (
    select topic, time_bucket(interval ${windowMinutes} minute, coalesce(emitted_at, received_at)) as began, count(*) as events, count(*) filter (${is}) as hit
    from raw.storefront_event where _connection = ${quote(connection)} and received_at > timestamptz ${quote(now)} - interval ${dayHours} hour
    group by topic, began
  ) where hit >= ${fewest} and hit > ${share} * events group by topic`

const missing = ({ connection }: Scope, now: string, { contract, type, plural }: Told): string => {
  const mine = `_connection = ${quote(connection)}`
  const told = `select 1 from raw.storefront_event as e where e.${mine} and`
  return `
  select '${plural} without an event', 'missing', json_object('${plural}', count(*)), count(*) || ' ${plural} with an event',
    count(*) filter (not heard) || ' without one', null, null, min(changed) filter (not heard)
  from (
    select r.updated_at as changed,
      exists (${told} e.subject_id = r.${contract.key[0]} and e.received_at >= r.updated_at - interval ${lateMinutes} minute) as heard
    from ${rawRelation(contract)} as r
    where r.${mine} and r._deleted_at is null
      and r.updated_at > timestamptz ${quote(now)} - interval ${dayHours} hour and r.updated_at <= timestamptz ${quote(now)} - interval ${settleHours} hour
      and exists (${told} starts_with(e.subject_id, 'gid://shopify/${type}/') and e.received_at <= timestamptz ${quote(now)})
  ) having count(*) filter (not heard) >= ${fewest} and count(*) filter (not heard) > ${share} * count(*)`
}
