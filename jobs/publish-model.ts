import { quote } from '../contracts/admission.ts'
import { Fault, toFault } from '../contracts/fault.ts'
import { instantOf } from '../contracts/instant.ts'
import { type Backfill, backfillOf } from '../models/backfill.ts'
import { filled } from '../models/compiler/parameters.ts'
import type { Model } from '../models/model.ts'
import type { Range } from '../models/ranges.ts'
import { type Publicated, type Shape, type Warehouse, written } from '../models/warehouse/warehouse.ts'
import { awaitBuilder } from './external.ts'
import type { Report, Room } from './job.ts'

export interface Publishing {
  readonly room: Room
  readonly warehouse: Warehouse
  readonly model: Model
  readonly now: string
  /** What a person asked for beside the night's own; undefined of a night. */
  readonly asked?: Asked | undefined
}

/** Build a range once more, or everything anew over as many rows as are known to stand. */
export type Asked = { readonly range: Range } | { readonly anew: true; readonly rows: number }

/** Builds one model and publishes it once its promises hold. */
export async function publishModel(publishing: Publishing): Promise<Report> {
  const { model } = publishing
  try {
    const { rows, warnings } = await publishers[model.header.kind](publishing)
    const notes = warnings.map(warning => `${model.relation}: ${warning}`)
    return { counts: { models: 1, rows: Number(rows ?? 0) }, ...(notes.length === 0 ? {} : { notes }) }
  } catch (error) {
    throw inFile(toFault(error, model.relation), model)
  }
}

type Publish = (publishing: Publishing) => Promise<Publicated>

const plain: Publish = publishing =>
  publishAs(publishing, { kind: publishing.model.header.kind === 'view' ? 'view' : 'table' })

const publishers: Readonly<Record<Model['header']['kind'], Publish>> = {
  view: plain,
  table: plain,
  seed: plain,
  incremental: publishIncrements,
  scd2: publishing => {
    const { key = [], time, compare, gone = 'close', schema_change = 'fail' } = publishing.model.header
    const by = time === undefined ? { columns: compare ?? [] } : { time }
    return publishAs(publishing, { kind: 'scd2', key, by, now: publishing.now, gone, schemaChange: schema_change })
  },
  external: auditExternal,
}

function publishAs({ room, warehouse, model, now }: Publishing, shape: Shape): Promise<Publicated> {
  const { relation } = model
  const within = shape.kind === 'incremental' ? { start: shape.interval.from, end: shape.interval.to } : {}
  const places = {
    view: { rows: relation, all: relation },
    table: { rows: relation, all: relation },
    incremental: { rows: written, all: relation },
    scd2: { rows: written, all: written },
  }[shape.kind]
  return warehouse.publish({
    ...shape,
    relation,
    token: room.token,
    select: filled(model.sql, { now, ...within, variables: room.environment.variables }),
    audits: model.audits({ ...places, now }),
    told: toldOf(model.header),
    built: {
      run: room.run,
      at: instantOf(room.now()),
      fingerprint: model.fingerprint,
      own: model.own,
      header: model.told,
    },
  })
}

const toldOf = ({ doc, columns }: Model['header']) => ({
  relation: doc.trim(),
  columns: Object.fromEntries(
    Object.entries(columns).flatMap(([column, said]) => (said.doc === undefined ? [] : [[column, said.doc] as const])),
  ),
})

/** Each range is a unit of its own: what one has brought stands when the next is cut short. */
async function publishIncrements(publishing: Publishing): Promise<Publicated> {
  const { model } = publishing
  const { strategy = 'merge', time = '', key = [], partition = [], schema_change = 'fail' } = model.header
  const standing = await standingOf(publishing)
  const { anew, ranges } = askedFor(publishing, standing)
  const warnings: string[] = []
  let rows = standing.rows
  for (const interval of ranges) {
    const shape = {
      kind: 'incremental',
      strategy,
      time,
      key,
      partition,
      interval,
      anew,
      schemaChange: schema_change,
    } as const
    const published = await publishAs(publishing, shape)
    warnings.push(...published.warnings)
    rows = published.rows
  }
  return { rows, warnings }
}

interface Standing {
  readonly rows: bigint | null
  readonly fingerprint: string | undefined
  readonly covered: readonly Range[]
}

async function standingOf({ warehouse, model: { relation } }: Publishing): Promise<Standing> {
  const [build] = await warehouse.query({
    sql: `select rows, fingerprint from ops.builds where model = ${quote(relation)} and kind = 'incremental'`,
  })
  const stands = build !== undefined && (await warehouse.columns(relation)) !== undefined
  if (!stands) return { rows: null, fingerprint: undefined, covered: [] }
  const covered = await warehouse.query({
    sql: `select interval_from as "from", interval_to as "to" from ops.intervals where model = ${quote(relation)} order by interval_from`,
  })
  return {
    rows: build.rows as bigint | null,
    fingerprint: String(build.fingerprint),
    covered: covered.map(({ from, to }) => ({ from: String(from), to: String(to) })),
  }
}

/** So many rows a night builds anew by itself, because the query means something else now; more are a person's decision. */
const mostAnew = 1_000_000n

/** The model's own plan, or what a person asked for. A Fault where more rows would go than somebody has confirmed. */
function askedFor({ room, model, now, asked }: Publishing, { rows, fingerprint, covered }: Standing): Backfill {
  if (asked !== undefined && 'range' in asked) return { anew: false, ranges: [asked.range] }
  const [first] = room.environment.connections.map(({ since }) => since).toSorted()
  const isAsked = asked !== undefined
  const plan = backfillOf(model, { fingerprint: isAsked ? undefined : fingerprint, covered, now, first })
  const size = rows ?? 0n
  const confirmed = isAsked ? BigInt(asked.rows) === size : size <= mostAnew
  if (plan.anew && !confirmed) throw unconfirmed(model, size)
  return plan
}

const unconfirmed = ({ relation, file }: Model, size: bigint): Fault =>
  new Fault({
    what: `${relation} holds ${size} rows, and building it anew was not confirmed for so many`,
    where: file,
    hint: `Type \`boomerang model build ${relation} --full-refresh --rows ${size}\`, or write logic_change: forward into the header, so that only what comes is built by the new query.`,
    retry: 'never',
    kind: 'guard',
  })

/** What others build is only looked at: that it stands with the columns that the header names, and that it keeps its promises. */
async function auditExternal({ room, warehouse, model, now }: Publishing): Promise<Publicated> {
  await awaitBuilder(model, room.project.root, now)
  const { relation } = model
  const stands = await warehouse.columns(relation)
  const missing = Object.keys(model.header.columns).filter(column => !stands?.some(({ name }) => name === column))
  if (missing.length > 0)
    throw new Fault({
      what:
        stands === undefined
          ? `${relation} does not stand, and no model builds it`
          : `${relation} has no column ${missing.join(', ')}`,
      where: model.file,
      hint: 'It is built by others: run what builds it, or correct the header.',
      retry: 'later',
    })
  await warehouse.apply({
    key: `audit ${relation} ${room.run} ${room.token}`,
    token: room.token,
    writes: [],
    statements: [],
    audits: model.audits({ rows: relation, all: relation, now }),
  })
  return { rows: null, warnings: [] }
}

/** The engine names the relation and its line; the analyst knows the file. */
const inFile = (fault: Fault, { body: file, relation }: Model): Fault =>
  new Fault({
    what: fault.what,
    where: fault.where.replace(`${relation}, line `, `${file}:`).replace(relation, file),
    hint: fault.hint,
    retry: fault.retry,
    ...(fault.kind === undefined ? {} : { kind: fault.kind }),
    cause: fault,
  })
