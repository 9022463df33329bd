import { quote } from '../contracts/admission.ts'
import { Fault } from '../contracts/fault.ts'
import type { Reader } from '../models/warehouse/warehouse.ts'

/** One station on the way of a record. */
export interface TraceEvent {
  /** UTC instant, or null where the station keeps none. */
  readonly at: string | null
  readonly stage: (typeof stages)[number]
  readonly connection: string
  readonly what: string
}

export const stages = [
  'emitted',
  'received',
  'extracted',
  'judged',
  'loaded',
  'modelled',
  'found',
  'sent',
  'acknowledged',
] as const

/**
 * The whole way of one order or customer, from the storefront to the sink's acknowledgment. `id` is a global id, its digits, an
 * order's name, or a customer's e-mail address; where two shops use the same name, both ways are given.
 */
export async function trace(reader: Reader, id: string): Promise<readonly TraceEvent[]> {
  const subjects = await subjectsOf(reader, id)
  const events: TraceEvent[] = []
  for (const subject of subjects)
    for (const query of queriesOf(subject)) {
      if (!(await allStand(reader, query.reads))) continue
      for (const row of await reader.query({ sql: query.sql }))
        events.push({
          at: row.at === null ? null : String(row.at),
          stage: query.stage,
          connection: String(row.connection),
          what: String(row.what),
        })
    }
  if (events.length === 0)
    throw new Fault({
      what: `nothing is known of ${id}`,
      where: 'the warehouse',
      hint: "Give an order's or customer's global id, its digits, an order's name such as #1001, or a customer's e-mail address; `boomerang rejects` lists what was not loaded.",
      retry: 'never',
    })
  return events.sort((a, b) => (a.at ?? '').localeCompare(b.at ?? '') || order(a) - order(b))
}

const order = ({ stage }: TraceEvent): number => stages.indexOf(stage)

interface Subject {
  readonly kind: 'order' | 'customer'
  readonly connection: string
  readonly gid: string
  readonly digits: string
}

interface StationQuery {
  readonly stage: TraceEvent['stage']
  readonly reads: readonly string[]
  /** Columns at (instant or null), connection and what. */
  readonly sql: string
}

async function allStand(reader: Reader, relations: readonly string[]): Promise<boolean> {
  for (const relation of relations) if ((await reader.columns(relation)) === undefined) return false
  return true
}

async function subjectsOf(reader: Reader, id: string): Promise<readonly Subject[]> {
  const found: Subject[] = []
  const wanted = [
    {
      kind: 'order',
      relation: 'raw.storefront_order',
      key: 'order_id',
      type: 'Order',
      also: `or name in (${quote(id)}, ${quote(`#${id}`)})`,
    },
    {
      kind: 'customer',
      relation: 'raw.storefront_customer',
      key: 'customer_id',
      type: 'Customer',
      also: `or email = ${quote(id)}`,
    },
  ] as const
  for (const { kind, relation, key, type, also } of wanted) {
    const gids = [quote(id), quote(`gid://shopify/${type}/${id}`)].join(', ')
    if (await allStand(reader, [relation])) {
      const rows = await reader.query({
        sql: `select _connection as connection, ${key} as gid from ${relation} where ${key} in (${gids}) ${also}`,
      })
      found.push(...rows.map(row => subject(kind, String(row.connection), String(row.gid))))
    }
    const rejected = await reader.query({
      sql: `select distinct connection, record as gid from ops.rejects where contract = 'storefront.${kind}' and record in (${gids})`,
    })
    found.push(...rejected.map(row => subject(kind, String(row.connection), String(row.gid))))
  }
  return found.filter(
    (each, at) => found.findIndex(other => other.connection === each.connection && other.gid === each.gid) === at,
  )
}

const subject = (kind: Subject['kind'], connection: string, gid: string): Subject => ({
  kind,
  connection,
  gid,
  digits: gid.split('/').at(-1) ?? '',
})

const queriesOf = (of: Subject): readonly StationQuery[] => [
  ...arrival(of),
  ...(of.kind === 'order' ? orderWay(of) : customerWay(of)),
]

/** From the storefront to `raw`: the same stations for every object. */
function arrival({ kind, connection, gid }: Subject): readonly StationQuery[] {
  const relation = `raw.storefront_${kind}`
  const mine = `r._connection = ${quote(connection)} and r.${kind}_id = ${quote(gid)}`
  return [
    {
      stage: 'emitted',
      reads: [relation],
      sql: `select r.updated_at as at, r._connection as connection, ${quote(`${kind} ${gid} last changed at the storefront`)} as what from ${relation} as r where ${mine}`,
    },
    ...handshakes(connection, gid),
    {
      stage: 'extracted',
      reads: [relation],
      sql: `select r._extracted_at as at, r._connection as connection, 'landed, record ' || r._position as what from ${relation} as r where ${mine}`,
    },
    {
      stage: 'judged',
      reads: [],
      sql: `select last_seen as at, connection, case state when 'open' then 'rejected: ' else state || ', was rejected: ' end
          || list_aggregate(list_transform(from_json(breaches, '[{"column":"VARCHAR","code":"VARCHAR"}]'), lambda b: b."column" || ' ' || b.code), 'string_agg', ', ') as what
        from ops.rejects where connection = ${quote(connection)} and contract = 'storefront.${kind}' and record = ${quote(gid)}`,
    },
    {
      stage: 'judged',
      reads: [relation],
      sql: `select l.judged_at as at, r._connection as connection, 'accepted by the contract' as what
        from ${relation} as r join ops.loads as l on l.key = r._load where ${mine} and l.judged_at is not null`,
    },
    {
      stage: 'loaded',
      reads: [relation],
      sql: `select l.at, r._connection as connection, 'merged into ${relation} by load ' || left(r._load, 8) as what
        from ${relation} as r join ops.loads as l on l.key = r._load where ${mine}`,
    },
  ]
}

/** What the storefront told of it by itself: when it happened, when it was received, and how long it took to be loaded. */
function handshakes(connection: string, gid: string): readonly StationQuery[] {
  const mine = `e._connection = ${quote(connection)} and e.subject_id = ${quote(gid)}`
  return [
    {
      stage: 'emitted',
      reads: ['raw.storefront_event'],
      sql: `select e.emitted_at as at, e._connection as connection, e.topic || ' (' || e.event_id || ')' as what from raw.storefront_event as e where ${mine} and e.emitted_at is not null`,
    },
    {
      stage: 'received',
      reads: ['raw.storefront_event'],
      sql: `select e.received_at as at, e._connection as connection, e.topic || ' (' || e.event_id || '), delivery ' || e.attempts
          || ${[
            ['acknowledged', 'e.acknowledged_at'],
            ['judged', 'l.judged_at'],
            ['loaded', 'l.at'],
          ]
            .map(
              ([stage, at]) =>
                `coalesce(', ${stage} after ' || date_diff('millisecond', e.received_at, ${at}) || ' ms', '')`,
            )
            .join(' || ')} as what
        from raw.storefront_event as e left join ops.loads as l on l.key = e._load where ${mine}`,
    },
  ]
}

function orderWay({ connection, gid, digits }: Subject): readonly StationQuery[] {
  const same = `o.brand = c.brand and o.region = c.region and c.connection = ${quote(connection)}`
  return [
    {
      stage: 'loaded',
      reads: ['raw.erp_invoice'],
      sql: `select l.at, i._connection as connection, 'invoice ' || i.invoice_id || ' over ' || i.total::decimal(38,2) || ' ' || i.currency as what
        from raw.erp_invoice as i join ops.connections as o on o.connection = i._connection join ops.connections as c on ${same}
        join ops.loads as l on l.key = i._load where i.order_id = ${quote(digits)}`,
    },
    {
      stage: 'modelled',
      reads: ['marts.orders'],
      sql: `select b.published_at as at, o.connection, 'stands in marts.orders' as what from marts.orders as o join ops.builds as b on b.model = 'marts.orders'
        where o.connection = ${quote(connection)} and o.order_id = ${quote(gid)}`,
    },
    {
      stage: 'found',
      reads: [],
      sql: `select last_seen as at, connection, check_name || ': ' || kind || ' (' || state || '), expected ' || coalesce(expected, 'nothing') || ', found ' || coalesce(found, 'nothing') as what
        from ops.findings where connection = ${quote(connection)} and json_extract_string(detail, '$.order_id') = ${quote(digits)}`,
    },
    ...customerOf(connection, gid),
  ]
}

/** An order goes on as its customer's score. */
const customerOf = (connection: string, gid: string): readonly StationQuery[] =>
  scoreWay(
    connection,
    `(select customer_id from raw.storefront_order where _connection = ${quote(connection)} and order_id = ${quote(gid)})`,
  )

const customerWay = ({ connection, gid }: Subject): readonly StationQuery[] => scoreWay(connection, `(${quote(gid)})`)

function scoreWay(connection: string, customer: string): readonly StationQuery[] {
  return [
    {
      stage: 'modelled',
      reads: ['marts.customer_loyalty', 'raw.storefront_order'],
      sql: `select b.published_at as at, m.connection, 'customer ' || m.customer_id || ' scores ' || m.loyalty_score || ', tier ' || m.loyalty_tier || ' in marts.customer_loyalty' as what
        from marts.customer_loyalty as m join ops.builds as b on b.model = 'marts.customer_loyalty' where m.connection = ${quote(connection)} and m.customer_id in ${customer}`,
    },
    {
      stage: 'sent',
      reads: ['raw.storefront_order'],
      sql: `select sent_at as at, r.connection, r.sync || ' sent ' || r.fields::varchar as what from ops.receipts as r ${ofShop(connection)} and r.state <> 'deferred' and r.id in ${customer}`,
    },
    {
      stage: 'acknowledged',
      reads: ['raw.storefront_order'],
      sql: `select case when r.state = 'acked' then coalesce((select max(l.acked_at) from ops.ledger as l where l.sync = r.sync and l.connection = r.connection and l.id = r.id), sent_at) else sent_at end as at, r.connection, r.sync || ': ' || r.state || coalesce(' (' || r.why || ')', '') as what from ops.receipts as r ${ofShop(connection)} and r.id in ${customer}`,
    },
  ]
}

const ofShop = (connection: string): string =>
  `join ops.connections as o on o.connection = r.connection join ops.connections as c on o.brand = c.brand and o.region = c.region where c.connection = ${quote(connection)}`
