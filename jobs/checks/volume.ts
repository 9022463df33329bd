import { quote } from '../../contracts/admission.ts'
import type { Risk } from '../../contracts/connection.ts'
import { type Check, eachOf, type Scope } from './check.ts'

interface Counted {
  readonly object: string
  readonly relation: string
  /** The instant that says on which day a record counts. */
  readonly at: string
  readonly system: string
  readonly risk: Risk
}

/** Days that are judged each night: the last complete local days, so that a night that was missed is made up for. */
const judgedDays = 3
/** The same weekday of so many weeks is a day's own past; fewer points than `enough` say nothing. */
const weeks = 14
const enough = 7
/** Both must be passed: how unusual, in floored standard deviations, and how large, as a share. */
const unusual = 3
const large = 0.3

/**
 * Records per local day, object and connection, against the same weekday of their own past. The judged day is never part of its own
 * baseline, and a deviation has a floor (1 % of the mean, and one record), so that a quiet history does not make every day an alarm
 * and a day without any record is always seen.
 */
const volumeOf = (counted: Counted): Check => ({
  name: `volume of ${counted.object}`,
  job: 'drift',
  risk: counted.risk,
  reads: [counted.relation],
  scopes: connections => eachOf(connections, counted.system),
  sql: (scope, now) => `with ${days(counted, scope, now)}
    select strftime(day, '%Y-%m-%d') as key, case when records < mean then 'drop' else 'spike' end as kind,
      json_object('day', strftime(day, '%Y-%m-%d'), 'score', round((records - mean) / deviation, 1), 'points', points) as detail,
      round(mean)::bigint::varchar as expected, records::varchar as found, null::decimal(38,9) as at_risk, null::varchar as currency, null::timestamptz as since
    from judged where points >= ${enough} and abs(records - mean) >= ${unusual} * deviation and abs(records - mean) >= ${large} * mean`,
  compared: (scope, now) => `with ${days(counted, scope, now)} select count(*) as compared from judged`,
})

const days = ({ relation, at }: Counted, { connection, timeZone }: Scope, now: string): string => {
  const local = (instant: string): string => `cast(timezone(${quote(timeZone)}, ${instant}) as date)`
  const today = local(`timestamptz ${quote(now)}`)
  return `
  records as (
    select ${local(at)} as day, count(*) as records from ${relation}
    where _connection = ${quote(connection)} and _deleted_at is null group by 1
  ),
  span as (select min(day) as first, ${today} - 1 as last from records),
  calendar as (select unnest(generate_series(first + 1, last, interval 1 day))::date as day from span where first is not null),
  daily as (select c.day, coalesce(r.records, 0) as records from calendar as c left join records as r on r.day = c.day),
  judged as (
    select d.day, d.records, count(p.day) as points, avg(p.records) as mean, greatest(coalesce(stddev_samp(p.records), 0), 0.01 * avg(p.records), 1) as deviation
    from daily as d left join daily as p on p.day < d.day and p.day >= d.day - ${weeks * 7} and isodow(p.day) = isodow(d.day)
    where d.day > ${today} - 1 - ${judgedDays}
    group by d.day, d.records
  )`
}

/** What counts per day, of each system. */
export const volumes: readonly Check[] = [
  volumeOf({
    object: 'orders',
    relation: 'raw.storefront_order',
    at: 'ordered_at',
    system: 'shopify',
    risk: 'financial',
  }),
  volumeOf({
    object: 'customers',
    relation: 'raw.storefront_customer',
    at: 'created_at',
    system: 'shopify',
    risk: 'analytical',
  }),
  volumeOf({ object: 'invoices', relation: 'raw.erp_invoice', at: 'invoiced_at', system: 'erp', risk: 'financial' }),
  volumeOf({ object: 'payments', relation: 'raw.erp_payment', at: 'paid_at', system: 'erp', risk: 'financial' }),
]
