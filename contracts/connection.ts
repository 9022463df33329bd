/**
 * One account of an outside system: a shop, an ERP company, a CRM portal.
 * Every key, interval, lease, reject, receipt and finding carries its name.
 */
export interface Connection {
  readonly name: string
  /** The source or sink that speaks to it: `shopify`, `erp`, `wms`, `hubspot`. */
  readonly system: string
  readonly brand: string
  readonly region: string
  /** ISO 4217. */
  readonly currency: string
  /** IANA time zone: where its local days begin. */
  readonly timeZone: string
  /** The base URL or the folder, or a reference to it (`env:NAME`, `file:path#key`). */
  readonly endpoint: string
  /** The outside's own id of the account, or a reference to it; nothing is sent where the outside answers with another. */
  readonly account: string
  /** Names to references, never values. */
  readonly secrets: Readonly<Record<string, string>>
  /** Where the first interval begins: a UTC instant. */
  readonly since: string
  /** Whom its troubles concern: a name that a route of alerts may ask for. */
  readonly owner?: string | undefined
}

/** The half-open time range [from, to) that a run answers for. UTC instants. */
export interface Interval {
  readonly from: string
  readonly to: string
}

/** Financial before operational before analytical: decides priority, retries and alerts. */
export const risks = ['financial', 'operational', 'analytical'] as const
export type Risk = (typeof risks)[number]

/** A named set of connections, warehouse, landing and state; only one of a project `delivers`. */
export interface Environment {
  readonly name: string
  readonly delivers: boolean
  readonly connections: readonly Connection[]
  /**
   * `memory`: what the engine may use before it spills to disk, such as `2GB`; by default enough for a night on every core. `threads`: how many
   * cores it works on; by default all, and where landings are small one does the same with less.
   */
  readonly warehouse: {
    readonly kind: string
    readonly path: string
    readonly memory?: string | undefined
    readonly threads?: number | undefined
  }
  /** What models read as `$name`, as SQL of its type. */
  readonly variables: Readonly<Record<string, string>>
  /** Absolute folders and files. */
  readonly landing: string
  /** Where landings are kept for every machine of the house; `landing` is then where they are worked on. The address `s3://…` or a reference to it. */
  readonly bucket?: { readonly address: string; readonly secrets: Readonly<Record<string, string>> }
  /** Days for which delivered bytes are kept after their interval has ended; for ever where it is absent. */
  readonly keepDays?: number
  /** The address is an absolute path, or `postgres://user@host:5432/database`. */
  readonly state: Place
  /** `redis://host:6379`: wakes the steps of several processes; without it each process wakes its own. */
  readonly redis?: Place
  /** Where spans are sent by OTLP over HTTP, `https://collector:4318/v1/traces`; headers are references. */
  readonly traces?: { readonly address: string; readonly headers: Readonly<Record<string, string>> }
  /** A reference to a UTC instant that stands for the clock, for a simulated outside; otherwise the machine's clock. */
  readonly clock?: string
  /** Where alerts are sent; nowhere in its absence, and `boomerang alerts` still lists them. */
  readonly alerts?: readonly AlertRoute[]
  /** A reference to a URL that is fetched after each night that is done: who hears nothing there knows that something is wrong. */
  readonly alive?: string
  /** How long after a night's end its pipelines may still be open before they are late; by default four hours, or half the time between nights. */
  readonly lateAfterMinutes?: number
}

export const alertWays = ['slack', 'mail', 'webhook'] as const

/** One place that alerts are sent to, and which of them it takes. */
export interface AlertRoute {
  readonly to: (typeof alertWays)[number]
  /** A URL, `smtps://user@host:465` or `smtp://user@host:587` for mail, or a reference to it; for Slack a reference, since the URL is the secret. */
  readonly address: string
  /** The least risk that it takes. */
  readonly from: Risk
  /** The owner whose alerts alone it takes. */
  readonly owner?: string | undefined
  /** For mail: a reference to the password of the user in the address. */
  readonly password?: string | undefined
  readonly sender?: string | undefined
  readonly recipients?: readonly string[] | undefined
}

/** Where something lies, or a reference to that; the password is a reference. */
export interface Place {
  readonly address: string
  readonly password?: string
}

export const warehouseKinds = ['duckdb', 'bigquery', 'snowflake'] as const
export type WarehouseKind = (typeof warehouseKinds)[number]

export interface Project {
  /** Absolute path of the folder that holds `boomerang.config.ts`. */
  readonly root: string
  readonly schedule: { readonly cron: string; readonly timeZone: string; readonly catchUp: 'all' | 'latest' | 'none' }
  /** Kinds of warehouses that every model must be right for. */
  readonly targets: readonly WarehouseKind[]
  readonly environments: readonly Environment[]
}
