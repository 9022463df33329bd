import { name } from '../../contracts/admission.ts'

/** One table of the schema `ops`: its columns with their types, and the columns that name a row (none: the table holds one row). */
export interface OpsTable {
  readonly columns: Readonly<Record<string, string>>
  readonly key: readonly string[]
}

const text = 'VARCHAR'
const instant = 'TIMESTAMPTZ'
const whole = 'BIGINT'
const money = 'DECIMAL(38,9)'
const json = 'JSON'

/** What belongs to the data and is for analysts to query: loads, rejects, findings, receipts, and who may write what. */
const opsTables = {
  /** The house that this warehouse belongs to. */
  house: { columns: { house: text }, key: [] },
  /** The highest fencing token that wrote a relation. */
  fences: { columns: { relation: text, token: whole }, key: ['relation'] },
  /** Units of work by key; one that is `applied` is never done again. `asked`: when a person asked for the interval once more, null for a night's. */
  loads: {
    columns: {
      key: text,
      pipeline: text,
      connection: text,
      interval_from: instant,
      interval_to: instant,
      asked: instant,
      state: text,
      run: text,
      token: whole,
      judged_at: instant,
      at: instant,
      counts: json,
    },
    key: ['key'],
  },
  /** Records with a breach, whole. `id` is the md5 of contract, connection and raw; `record` the key as text, or null; `read_at` when its landing was extracted. */
  rejects: {
    columns: {
      connection: text,
      contract: text,
      record: text,
      id: text,
      load: text,
      file: text,
      position: whole,
      raw: text,
      breaches: json,
      state: text,
      read_at: instant,
      first_seen: instant,
      last_seen: instant,
      resolved_at: instant,
    },
    key: ['connection', 'contract', 'id'],
  },
  /** Parts of an interval that a source could not read, after everything had been tried; open until they are read after all. */
  gaps: {
    columns: {
      pipeline: text,
      connection: text,
      id: text,
      slice: json,
      why: text,
      state: text,
      first_seen: instant,
      last_seen: instant,
      filled_at: instant,
    },
    key: ['pipeline', 'connection', 'id'],
  },
  /** What was read again, by contract: how many records stood with the same instant of change, and how many of them had changed all the same. */
  rereads: {
    columns: {
      load: text,
      connection: text,
      contract: text,
      at: instant,
      compared: whole,
      silent: whole,
      examples: json,
    },
    key: ['load', 'contract'],
  },
  /** What reconciliation and drift found; new, persists or resolved. */
  findings: {
    columns: {
      check_name: text,
      connection: text,
      key: text,
      kind: text,
      state: text,
      detail: json,
      expected: text,
      found: text,
      at_risk: money,
      currency: text,
      since: instant,
      first_seen: instant,
      last_seen: instant,
      resolved_at: instant,
    },
    key: ['check_name', 'connection', 'key', 'kind'],
  },
  /** The last value of each field that a sink acknowledged. */
  ledger: {
    columns: { sync: text, connection: text, id: text, field: text, value: text, as_of: instant, acked_at: instant },
    key: ['sync', 'connection', 'id', 'field'],
  },
  /** One answer of a sink to one change. */
  receipts: {
    columns: {
      sync: text,
      connection: text,
      id: text,
      key: text,
      run: text,
      op: text,
      state: text,
      why: text,
      fields: json,
      before: json,
      remote: text,
      as_of: instant,
      sent_at: instant,
    },
    key: ['key', 'run'],
  },
  /** The last publication of each model. */
  builds: {
    columns: {
      model: text,
      kind: text,
      run: text,
      token: whole,
      rows: whole,
      fingerprint: text,
      own: text,
      header: text,
      published_at: instant,
    },
    key: ['model'],
  },
  /** The intervals that an incremental model has been built for, and from which text. */
  intervals: {
    columns: {
      model: text,
      interval_from: instant,
      interval_to: instant,
      fingerprint: text,
      run: text,
      built_at: instant,
    },
    key: ['model', 'interval_from'],
  },
  /** The environment's connections, so that models can speak of brand, region, currency and time zone. */
  connections: {
    columns: { connection: text, system: text, brand: text, region: text, currency: text, time_zone: text },
    key: ['connection'],
  },
} as const satisfies Readonly<Record<string, OpsTable>>

export const opsRelations: readonly string[] = Object.keys(opsTables).map(table => `ops.${table}`)

/** Every column, so that what stands can be counted against it. */
export const opsColumns: readonly string[] = Object.entries<OpsTable>(opsTables).flatMap(([table, { columns }]) =>
  Object.keys(columns).map(column => `${table}.${column}`),
)

/** Creates the tables and columns that are missing and leaves what stands. */
export const opsDdl = (): readonly string[] => [
  'create schema if not exists ops',
  ...Object.entries<OpsTable>(opsTables).flatMap(([table, { columns, key }]) => {
    const parts = Object.entries(columns).map(([column, type]) => `${name(column)} ${type}`)
    const primary = key.length === 0 ? [] : [`primary key (${key.map(name).join(', ')})`]
    return [
      `create table if not exists ops.${name(table)} (${[...parts, ...primary].join(', ')})`,
      ...parts.map(part => `alter table ops.${name(table)} add column if not exists ${part}`),
    ]
  }),
]
